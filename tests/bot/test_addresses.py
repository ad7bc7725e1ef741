"""Which addresses may be connected to."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.feeds.addresses import AddressError, AllowedHosts, host_key, parse_address, refusal


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.8",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001:0:53aa:64c::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2a00:1450::5efe:127.0.0.1",
        "4000::1",
        "",
        "localhost",
        "127.1",
        "0177.0.0.1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::5"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert refusal(address) == ""


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_that_python_calls_private_is_ever_allowed(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        assert refusal(str(ip))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_an_ipv6_one_is_never_allowed(ip: ipaddress.IPv4Address) -> None:
    inner = int(ip)
    for outer in ("::ffff:0:0", "64:ff9b::", "::"):
        assert refusal(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(outer)) | inner)))
    assert refusal(str(ipaddress.IPv6Address((0x2002 << 112) | (inner << 80) | 1)))


@pytest.mark.parametrize(
    ("names", "host", "port", "allowed"),
    [
        ([], "127.0.0.1", 80, False),
        (["*"], "10.0.0.1", 80, True),
        (["news.lan"], "news.lan", 8080, True),
        (["News.LAN."], "news.lan", 80, True),
        (["news.lan"], "news.lan.", 80, True),
        (["news.lan"], "evil.news.lan", 80, False),
        (["news.lan:8080"], "news.lan", 8080, True),
        (["news.lan:8080"], "news.lan", 80, False),
        (["127.0.0.1:8080"], "127.0.0.1", 8080, True),
        (["127.0.0.1"], "127.0.0.2", 80, False),
        (["::1"], "::1", 80, True),
        (["[::1]"], "::1", 80, True),
        (["[::1]:81"], "::1", 81, True),
        (["[::1]:81"], "::1", 80, False),
        (["", " "], "", 80, False),
    ],
)
def test_private_hosts_are_allowed_by_name(names: list[str], host: str, port: int, allowed: bool) -> None:
    assert AllowedHosts.of(names).allow(host, port) is allowed


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("http://Example.COM", "http://example.com/"),
        ("HTTPS://example.com:443/a", "https://example.com/a"),
        ("  http://example.com/a\n", "http://example.com/a"),
        ("http://example.com/a#part", "http://example.com/a"),
        ("http://пример.рф/путь", "http://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ("http://example.com./a", "http://example.com./a"),
        ("http://example.com../a", "http://example.com./a"),
        ("http://a_b.example.com/", "http://a_b.example.com/"),
        ("http://example.com/%7euser/%zz?a=b+c%2f", "http://example.com/%7euser/%zz?a=b+c%2f"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://[2606:4700::1]:81/", "http://[2606:4700::1]:81/"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
    ],
)
def test_an_address_is_spelt_one_way_and_its_escapes_are_kept(text: str, spelt: str) -> None:
    assert str(parse_address(text)) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "http:///path",
        "http://",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://exa mple.com/",
        "http://a..b/",
        "http://" + "a" * 64 + ".com/",
        "http://" + "a." * 130 + "com/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1.5/",
        "http://256.256.256.256/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/" + "a" * 5000,
        "http://exa\udcffmple.com/",
    ],
)
def test_an_address_that_cannot_or_may_not_be_asked_is_an_error(text: str) -> None:
    with pytest.raises(AddressError):
        parse_address(text)


def test_digits_in_other_scripts_are_the_address_they_stand_for() -> None:
    assert parse_address("http://１２７.０.０.１/").raw_host == "127.0.0.1"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    for whole in (text, f"http://{text}", f"http://example.com/{text}"):
        try:
            url = parse_address(whole)
        except AddressError:
            continue
        assert url.scheme in ("http", "https")
        assert url.raw_host
        assert str(url).isascii()
        assert not any(ord(character) <= 32 for character in str(url))


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("c", "http://example.com/a/c"),
        ("/c", "http://example.com/c"),
        ("?x=1", "http://example.com/a/b?x=1"),
        ("//other.org/z", "http://other.org/z"),
        ("https://other.org", "https://other.org/"),
        ("../../../z", "http://example.com/z"),
    ],
)
def test_a_relative_address_starts_from_its_base(text: str, spelt: str) -> None:
    assert str(parse_address(text, URL("http://example.com/a/b?c=d"))) == spelt


def test_a_host_is_known_with_its_port_and_without_its_dot() -> None:
    assert host_key("News.Example.COM.", 80) == "news.example.com:80"
    assert host_key("::1", 8080) == "[::1]:8080"
