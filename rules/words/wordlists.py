"""Own short lists of Belarusian, Kazakh and Polish words that stand near the subjects of the news, in their first form.

They stand in for dictionaries that are missing or too large. What they are for: a word in them, in any case, is never
taken for a typo of a rule's word. Only words of about eight letters and more matter, since shorter forms allow no typo.
"""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list that is written as running text."""
    return frozenset(text.split())


BELARUSIAN = words_of(
    """
    адміністрацыя актывіст арганізацыя аўтамабіль аўтарытэт банкаўскі барацьба бежанец беларус беларуска беларускі
    бізнес больніца брытанскі будаўніцтва бюджэт валюта вайсковы выбары выбарчы выкананне вытворчасць выступленне
    вядомы газаправод галоўны гаспадарка гістарычны горад грамадзянін грамадскі грамадства грузінскі гуманітарны
    дакумент дамова дапамога дзейнасць дзяржава дзяржаўны дырэктар дыктатар дыпламат дэлегацыя дэмакратыя дэпутат
    еўрапейскі жыхар журналіст забарона загад заканадаўства замежны запрашэнне заробак заява збройны звычайны
    здароўе зняволены інтарэс інтэграцыя інфармацыя калгас камандзіроўка камісія кампанія канстытуцыя кантракт
    кантроль канферэнцыя каардынацыя каралеўскі катэгорыя кіраўнік кіраўніцтва крыніца культура лабараторыя
    латвійскі літоўскі лукашэвіч лукашук літаратура маршрут магчымасць мінскі міжнародны міністр міністэрства мытнік
    мытня набліжэнне навуковы насельніцтва настаўнік нацыянальны незалежны незалежнасць нафтавы нафтаперапрацоўчы
    абарона абвінавачанне абмежаванне адказнасць адносіны палітвязень палітык палітыка палітычны памежнік папярэдні
    парламент партнёр партыя паседжанне пасяджэнне перамовы перспектыва платформа плошча польскі помнік
    прадпрыемства прадпрымальнік прадстаўнік праграма пракуратура прамысловасць праблема прапанова прэзідэнт
    прэзідэнцкі прэм'ер прэс-служба пратэст прафсаюз працоўны працэнт пытанне расійскі расеец рэвалюцыя рэгістрацыя
    рэгіён рэдактар рэкамендацыя рэспубліка рэсурс рэферэндум самалёт санкцыя саюзнік свабода сакратар святкаванне
    сітуацыя спецыяліст справаздача спаборніцтва спартсмен стратэгія супрацоўніцтва супрацоўнік студэнт сустрэча
    сусветны сямейны таварыства традыцыя транспарт трыбунал украінскі украінец універсітэт урадавы устаноўка
    фінансавы французскі футбаліст хваляванне цэнтральны цырымонія часопіс чыноўнік чэмпіянат эканамічны эканоміка
    экспарт экспедыцыя энергетыка эўрапейскі юрыдычны яўрапейскі
    """
)

KAZAKH = words_of(
    """
    автомобиль агенттік азамат азаматтық айдаһар айналым ақпарат ақпараттық ақмола алматы аманат аймақ арнайы астана
    ауғанстан ауылшаруашылық ауданы әкімшілік әлеуметтік әріптес бағдарлама байланыс баспасөз басқарма басқарушы
    басшылық белгілі бейбітшілік бизнесмен білім біріккен бірлестік газетші ғалым ғылыми дағдарыс дамыту денсаулық
    депутат директор дипломат дүниежүзілік еңбек еуразия еуразиялық еуропа жағдай жаңалық жарнама жауапкершілік
    жетекші жобасы жоғары журналист заңнама зейнетақы зерттеу инвестиция инвестор институт кабинет кандидат кәсіпкер
    кәсіпорын келісім келіссөз кездесу кеңесші кітапхана компания конституция көлік көрсеткіш қазақ қазақтар қазақша
    қазынашылық қала қаражат қаржыгер қарағанды қарақалпақ қарақалпақстан қараша қаруланған қауіпсіздік қашағанов
    қоғамдық қоғам қостанай қырғыз қырғызстан қызылорда қызметкер қызмет лаңкестік маңғыстау мәдениет мәжіліс мекеме
    мемлекет мемлекеттік министр министрлік мұғалім мүмкіндік облыс облысы оппозиция орынбасар орталық өзбекстан
    өкілдік өндіріс өнеркәсіп палата парламент партия полиция президент прокуратура республика реформа ресей
    ресейлік сайлау сараптама сарапшы саясат саяси саясаткер сенатор серіктестік спортшы статистика стратегия
    студент тәжікстан тәуелсіздік тәжірибе театр телеарна теміржол тергеу технология төраға тұрғын түркістан
    түркіменстан түркия украина университет ұйымдастыру үкімет халықаралық хабарлама хатшы шаруашылық шымкент
    шетелдік экология экономика экономикалық экспорт электр энергетика
    """
)

POLISH = words_of(
    """
    białoruski białorusin białorusinka bezpieczeństwo celnik celniczy demokracja dyktator dyrektor dziennikarz
    ekonomiczny energetyczny europejski gazociąg gospodarczy gospodarka handlowy historyczny kazachski kirgistan
    komisja konferencja konstytucja łukasz łukaszewicz łukaszuk łukasiewicz międzynarodowy minister ministerstwo
    moskiewski naftowy naród narodowy negocjacje niemiecki niepodległość obrona obywatel ograniczenie opozycja
    opozycyjny organizacja państwo państwowy parlament podatek podatkowy polityczny polityk polityka pomoc
    porozumienie prezydencki prezydent produkcja prokuratura przedsiębiorstwo przedstawiciel republika rewolucja
    rosyjski rosjanin rurociąg sankcja spotkanie społeczeństwo stosunki szczyt tadżykistan terytorium transport
    turkmenistan ukraiński uniwersytet uzbekistan współpraca wybory wyborczy związek żołnierz
    """
)

# Everyday words and names in Latin script (German, French, Spanish, Polish and others) that a transliteration may hit.
LATIN = words_of(
    """
    arma bank baron baza bez blok boja bora borg brat bruk cela cena cera chata coco dama dana dati deka denn diva
    doba dole doma drag duma dura durch dvor fara film fond gala gaz gazeta gora gota grad gross gut herz hora hotel
    irak iran jama jana kara karta kasa kind klan kniha koda kola kolo kora krem kurs lager land lata liga lira lisa
    litr luna mama mana mara mark masa mata meta mina mira mita mito moda moja mono mora mota muss nada nafta nato
    noga norma nota noto papa para park parti pasa pero pena plan plot pola pole pora port porta posta pravda prava
    proba proto rada rana rasa rata reka rest roba roda roman rosa rota sala sama sana sava seta siena sila sina
    sira soja sola sona sora sort spor stal start stol sud sula sum syn taka tara tarif tema terror tok ton tora
    torg traktor trasa tura tuta vera vina viza voda vol vosk vrata vrach zakaz zavod zona zonder
    """
)

# Everyday short words of the four Cyrillic languages that an own table's ending might make out of a name or a noun.
CYRILLIC = words_of(
    """
    але або без был была быў вам вас где год гэта два дня для его если ещё жыл за из или има как когда кто ли мен
    мне мой на над нам нас не него нет неё ни них но ну об один он она они от ол осы перед по под при про раз сам
    себе себя со так там тая те тем тех то того той тол том тот три тут ты уже хто чем что эта эти это я яе яго яна
    яны які який як яка яке має маю маці мае май мая мене може можа пан пад пака пра праз рік року роки роках час
    часу шло щоб що цей цього ця це ще бул болды болу бар бір екі және пен ала алу алды ада еді бала бара бару баса
    баған
    """
)
