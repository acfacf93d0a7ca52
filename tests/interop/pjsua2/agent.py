"""A user agent of PJSIP as a program: commands on standard input, a line of standard output for all that happens.

`agent.py SIP_PORT RTP_PORT [as:USER:PASSWORD] [100rel] [timer [min-se-120]] [srtp | srtp-optional | dtls]
[rtcp-mux] [codec:NAME] [tone]`: the options give it credentials, and make it demand reliable provisional responses
(RFC 3262), session timers (RFC 4028) and encrypted media, offer one port for RTP and RTCP (RFC 5761), speak another
codec than PCMU, and play `tone.wav` to every call and leave what came in `heard-N.wav`, N being the turn of the
call. PJSIP is GPL: this is a program of the tests' own, and nothing of SIPFLOW imports it.
"""

from __future__ import annotations

import itertools
import os
import select
import sys

import pjsua2 as pj

HOST = "127.0.0.1"
MAX_CALLS = 4  # PJSIP's own default
TURN_MS = 10
"""How long PJSIP may work before standard input is looked at again."""


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 - it is how this program speaks


class Call(pj.Call):
    """A call that tells what happens to it."""

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
            say("PROGRESS" if info.lastStatusCode == 183 else "RINGING", info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            say("ESTABLISHED")
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            recorders.pop(info.id, None)
            say("CLOSED", info.lastStatusCode, info.lastReason)
            if self in calls:
                calls.remove(self)
                ended.append(self)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        names = {
            pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
            pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held-by-us",
            pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held-by-peer",
        }
        info = self.getInfo()  # which owns what is read of it
        for media in info.media:
            if media.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                self.sound(info.id)
            say("MEDIA", names.get(media.status, media.status))

    def sound(self, number: int) -> None:
        """Let it hear the tone, and record what it says."""
        if not players:
            return
        audio = self.getAudioMedia(-1)
        if number not in recorders:
            recorders[number] = pj.AudioMediaRecorder()
            recorders[number].createRecorder(f"heard-{next(turns)}.wav")
        players[0].startTransmit(audio)
        audio.startTransmit(recorders[number])

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        transaction = prm.e.body.tsxState.tsx
        if (transaction.method, transaction.role) == ("UPDATE", pj.PJSIP_ROLE_UAC) and transaction.statusCode >= 200:
            say("UPDATED", transaction.statusCode)

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        say("REFERRED", prm.dstUri)
        followed.append(prm.dstUri)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:  # noqa: N802
        say("TRANSFER", prm.statusCode, prm.reason, "final" if prm.finalNotify else "")
        if prm.finalNotify and prm.statusCode == 200:
            prm.cont = False
            self.hangup(pj.CallOpParam(True))

    def onDtmfDigit(self, prm: pj.OnDtmfDigitParam) -> None:  # noqa: N802
        say("DIGIT", prm.digit)

    def onCallReplaced(self, prm: pj.OnCallReplacedParam) -> None:  # noqa: N802
        say("REPLACED")
        calls.append(Call(account, prm.newCallId))


class Account(pj.Account):
    """The address of this user agent."""

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        call = Call(self, prm.callId)
        calls.append(call)
        say("INCOMING", call.getInfo().remoteUri)
        call.answer(with_status(180))

    def onInstantMessage(self, prm: pj.OnInstantMessageParam) -> None:  # noqa: N802
        say("MESSAGE", prm.msgBody)

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        say("REGISTRATION", prm.code, prm.reason)


def with_status(code: int) -> pj.CallOpParam:
    parameters = pj.CallOpParam(True)
    parameters.statusCode = code
    return parameters


def obey(command: str, argument: str) -> None:
    """Do as one line of standard input says; the call meant is the newest one."""
    if command == "dial":
        call = Call(account)
        calls.append(call)
        call.makeCall(argument, pj.CallOpParam(True))
    elif command == "dial-without-offer":
        call = Call(account)
        calls.append(call)
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_NO_SDP_OFFER
        call.makeCall(argument, parameters)
    elif command == "end-all":
        endpoint.hangupAllCalls()
        say("AT REST")
    elif not calls:
        say("NO CALL")
    elif command == "answer":
        calls[-1].answer(with_status(int(argument)))
    elif command == "hangup":
        calls[-1].hangup(with_status(int(argument or 0)))
    elif command == "packets":
        say("PACKETS", calls[-1].getStreamStat(0).rtcp.rxStat.pkt)
    elif command == "hold":
        calls[-1].setHold(pj.CallOpParam(True))
    elif command == "resume":
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        calls[-1].reinvite(parameters)
    elif command == "update":
        calls[-1].update(pj.CallOpParam(True))
    elif command == "digit":
        calls[-1].dialDtmf(argument)
    elif command == "message":
        text = pj.SendInstantMessageParam()
        text.content = argument
        calls[-1].sendInstantMessage(text)
    elif command == "transfer":
        calls[-1].xfer(argument, pj.CallOpParam(True))
    elif command == "transfer-to-consulted":
        calls[-2].xferReplaces(calls[-1], pj.CallOpParam(True))
    else:
        say("UNKNOWN", command)


def serve(sip_port: int, rtp_port: int, options: list[str]) -> None:
    """Open the transports and the account."""
    settings = pj.EpConfig()
    settings.logConfig.level = settings.logConfig.consoleLevel = 5 if "verbose" in options else 1
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.mainThreadOnly = True
    codec = next((option.removeprefix("codec:") for option in options if option.startswith("codec:")), "PCMU")
    settings.medConfig.clockRate = settings.medConfig.sndClockRate = 16_000 if codec == "G722" else 8_000
    settings.medConfig.sndAutoCloseTime = -1  # or it sends nothing in a call that comes a second after another
    endpoint.libInit(settings)
    for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
        transport = pj.TransportConfig()
        transport.port = sip_port
        transport.boundAddress = transport.publicAddress = HOST
        endpoint.transportCreate(kind, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for one in endpoint.codecEnum2():  # one alone: else it locks it by an UPDATE that crosses what a test does next
        endpoint.codecSetPriority(one.codecId, 255 if one.codecId.startswith(f"{codec}/") else 0)
    if "tone" in options:
        players.append(pj.AudioMediaPlayer())
        players[0].createPlayer("tone.wav")
    own = pj.AccountConfig()
    own.idUri = f"sip:pjsua2@{HOST}:{sip_port}"
    own.mediaConfig.transportConfig.boundAddress = HOST
    own.mediaConfig.transportConfig.port = rtp_port
    for option in options:
        if option.startswith("as:"):
            _, user, password = option.split(":")
            own.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", user, 0, password))
    for name, use in (("srtp", pj.PJMEDIA_SRTP_MANDATORY), ("srtp-optional", pj.PJMEDIA_SRTP_OPTIONAL),
                      ("dtls", pj.PJMEDIA_SRTP_MANDATORY)):  # fmt: skip
        if name in options:
            own.mediaConfig.srtpUse, own.mediaConfig.srtpSecureSignaling = use, 0
            keying = pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP if name == "dtls" else pj.PJMEDIA_SRTP_KEYING_SDES
            own.mediaConfig.srtpOpt.keyings = pj.IntVector([keying])
    own.mediaConfig.rtcpMuxEnabled = "rtcp-mux" in options
    if "100rel" in options:
        own.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
    if "timer" in options:
        own.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
        own.callConfig.timerSessExpiresSec = 120 if "min-se-120" in options else 90
        own.callConfig.timerMinSESec = 120 if "min-se-120" in options else 90
    account.create(own)
    say("READY", endpoint.libVersion().full)


def take_over_followed() -> None:
    """Make the call that PJSIP has placed for a transfer ours: a new one handed to it in the callback crashes it."""
    for number in set(range(MAX_CALLS)) - {call.getId() for call in calls}:
        if pj.Call.lookup(number) is not None:
            calls.append(Call(account, number))
            followed.clear()


def run() -> None:
    """Work until standard input ends."""
    pending = b""
    while True:
        endpoint.libHandleEvents(TURN_MS)
        if followed:
            take_over_followed()
        if not select.select([0], [], [], 0)[0]:
            continue
        received = os.read(0, 65_536)
        if not received:
            return
        *lines, pending = (pending + received).split(b"\n")
        for line in lines:
            command, _, argument = line.decode().partition(" ")
            try:
                obey(command, argument)
            except pj.Error as error:
                say("ERROR", command, error.info())


calls: list[Call] = []
ended: list[Call] = []
"""Kept: PJSIP still uses a call after it has told of its end, and destroys with it the call of its transfer."""
turns = itertools.count()
players: list[pj.AudioMediaPlayer] = []
"""What plays the tone to all calls, where it was asked for."""
recorders: dict[int, pj.AudioMediaRecorder] = {}
"""What records each call, by its number."""
followed: list[str] = []
"""The targets of transfers whose calls we have not taken over yet."""
endpoint = pj.Endpoint()
endpoint.libCreate()
account = Account()
serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
run()
os._exit(0)  # PJSIP's own teardown crashes when Python has collected a call before it
