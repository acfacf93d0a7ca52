import type { Hearing, Level, NodeState, RunEvent, RunInfo, SipMessageEvent } from "./events";
import type { Said } from "./sayings";

/** Events as a run would give them, for tests. */

type Message = Pick<SipMessageEvent, "method" | "statusCode" | "reason"> &
  Partial<Pick<SipMessageEvent, "localAddress" | "note">> & { raw: string };

interface Told {
  values?: Readonly<Record<string, string>>;
  figures?: Record<string, number | null>;
}

/** Writes down the events of a run, 10 ms apart; `after` lets more time pass. */
export class Script {
  readonly events: RunEvent[] = [];
  private now = 1_700_000_000_000;

  constructor(readonly runId = "run-1") {}

  after(ms: number): this {
    this.now += ms - 10;
    return this;
  }

  started(scenarioId = "scenario-1"): this {
    return this.add({ event: "scenario:started", scenarioId });
  }

  node(
    nodeId: string,
    instanceId: string,
    newState: NodeState,
    error: string | null = null,
    told: { expected?: string; got?: string; said?: Said; messageSeq?: number } = {},
  ): this {
    const previousState = newState === "running" ? "pending" : "running";
    return this.add({
      event: "scenario:node-state",
      nodeId,
      instanceId,
      previousState,
      newState,
      error,
      ...told,
    });
  }

  log(message: string, { level = "info", said = null }: { level?: Level; said?: Said } = {}): this {
    return this.add({ event: "scenario:action-log", message, level, said });
  }

  /** A message from one instance to another: an event at each end. */
  message(from: string, to: string, message: Message): this {
    const firstSeq = this.events.length + 1;
    const end = (instanceId: string, direction: "sent" | "received"): this => {
      const [local, remote] = direction === "sent" ? [from, to] : [to, from];
      return this.add({
        event: "scenario:sip-message",
        instanceId,
        callId: "call-1",
        firstSeq,
        sipCallId: "a@test",
        direction,
        transport: "UDP",
        localAddress: addressOf(local),
        remoteAddress: addressOf(remote),
        cseq: 1,
        note: "",
        ...message,
      });
    };
    end(from, "sent");
    return end(to, "received");
  }

  request(from: string, to: string, method: string, sdp = ""): this {
    const raw = `${method} sip:${to}@127.0.0.1 SIP/2.0\r\nCall-ID: a@test\r\nCSeq: 1 ${method}\r\n${bodyOf(sdp)}`;
    return this.message(from, to, { method, statusCode: null, reason: null, raw });
  }

  response(from: string, to: string, statusCode: number, reason: string, method = "INVITE", sdp = ""): this {
    const raw = `SIP/2.0 ${statusCode} ${reason}\r\nCall-ID: a@test\r\nCSeq: 1 ${method}\r\n${bodyOf(sdp)}`;
    return this.message(from, to, { method, statusCode, reason, raw });
  }

  media(instanceId: string, media: string, detail: string, told: Told = {}): this {
    const said = told.values === undefined ? null : { detail: { code: "any", values: told.values } };
    return this.add({
      event: "scenario:media",
      instanceId,
      media,
      detail,
      said,
      figures: told.figures ?? null,
    });
  }

  /** Who hears whom: each pair as `listener speaker`; names are the ids in capitals. */
  hearing(
    nodeId: string,
    ids: readonly string[],
    expected: readonly string[],
    heard: readonly string[],
  ): this {
    const rows: Hearing["rows"] = ids.map((listener) => ({
      listener,
      packets: 100,
      cells: ids
        .map((speaker) => {
          const pair = `${listener} ${speaker}`;
          const isHeard = heard.includes(pair);
          return { speaker, isExpected: expected.includes(pair), isHeard, levelDbfs: isHeard ? -22 : null };
        })
        .filter(({ isExpected, isHeard }) => isExpected || isHeard),
    }));
    const instances = Object.fromEntries(ids.map((id) => [id, id.toUpperCase()]));
    const hearing: Hearing = { seconds: 2, instances, rows };
    return this.add({
      event: "scenario:media",
      media: "hearing",
      detail: "",
      nodeId,
      instanceId: ids[0],
      hearing,
    });
  }

  completed(): this {
    return this.add({ event: "scenario:completed" });
  }

  failed(error: string, nodeId: string | null): this {
    return this.add({ event: "scenario:failed", error, nodeId });
  }

  info(change: Partial<RunInfo> = {}): RunInfo {
    return {
      id: this.runId,
      scenarioId: "scenario-1",
      scenarioName: "Two-party call",
      name: null,
      startedAt: this.events[0]?.timestamp ?? this.now,
      endedAt: null,
      result: "running",
      error: null,
      errorNodeId: null,
      lastSeq: 0,
      messages: 0,
      variables: {},
      ...change,
    };
  }

  private add(event: Record<string, unknown>): this {
    this.now += 10;
    const base = {
      runId: this.runId,
      seq: this.events.length + 1,
      timestamp: this.now,
      nodeId: null,
      instanceId: null,
      callId: null,
    };
    this.events.push({ ...base, ...event } as unknown as RunEvent);
    return this;
  }
}

function addressOf(instanceId: string): string {
  return `127.0.0.1:${instanceId === "alice" ? 5060 : 5062}`;
}

function bodyOf(sdp: string): string {
  return sdp === "" ? "\r\n" : `Content-Type: application/sdp\r\n\r\n${sdp}`;
}

export const OFFER = sdp("0 8 101", 4000);
export const ANSWER = sdp("8 101", 4002);

function sdp(formats: string, port: number, direction = "sendrecv"): string {
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP ${formats}`,
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** Alice calls Bob, they talk, Alice hangs up. */
export function twoPartyCall(runId?: string): Script {
  return new Script(runId)
    .started()
    .log("listens on 127.0.0.1:5060, UDP and TCP")
    .node("call", "alice", "running")
    .node("incoming", "bob", "running")
    .request("alice", "bob", "INVITE", OFFER)
    .node("incoming", "bob", "completed")
    .node("ring", "bob", "running")
    .response("bob", "alice", 180, "Ringing")
    .node("ring", "bob", "completed")
    .node("answer", "bob", "running")
    .after(250)
    .response("bob", "alice", 200, "OK", "INVITE", ANSWER)
    .request("alice", "bob", "ACK")
    .node("call", "alice", "completed")
    .node("answer", "bob", "completed")
    .node("hangup", "alice", "running")
    .after(400)
    .request("alice", "bob", "BYE")
    .response("bob", "alice", 200, "OK", "BYE")
    .node("hangup", "alice", "completed")
    .log("Cleanup completed")
    .completed();
}

/** Alice calls Bob, who refuses with 486; nothing is drawn for that case. */
export function refusedCall(runId?: string): Script {
  const error = "expected answered, got 486 Busy Here on call call-1";
  return new Script(runId)
    .started()
    .node("call", "alice", "running")
    .request("alice", "bob", "INVITE", OFFER)
    .response("bob", "alice", 486, "Busy Here")
    .request("alice", "bob", "ACK")
    .node("call", "alice", "failed", error)
    .failed(error, "call");
}
