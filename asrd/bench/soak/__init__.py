"""Endurance: hours of audio through a daemon, with faults at random places, and an account of every final.

schedule    which fault strikes when: from a seed, the same each time
script      what is said: from a seed as well
account     the messages of one session: numbered without holes, every utterance ended
reference   what the same samples give in this process
ground      the daemon under test, its sound, and everyone who meets there
talking     sessions that speak as fast as they are heard
visiting    clients of the daemon's own source that come and go
sound       what the daemon's own source hears: standard input, or a private PulseAudio (pulse)
faults      what goes wrong, a function each
watching    what the daemon holds meanwhile
soaking     all of it together
report      the result
"""
