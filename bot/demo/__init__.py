"""The sample newswire: invented outlets and events in five languages, served over loopback in waves."""
