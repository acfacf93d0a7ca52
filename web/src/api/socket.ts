import type { Frame } from "@/core/run/frames";

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export type Connection = "open" | "lost" | "off";

/** The one WebSocket to the server. It comes back by itself, and then asks for what has been missed. */
export class EventSocket {
  private socket: WebSocket | null = null;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isWanted = false;

  constructor(
    /** Where we are: the run whose events we have, and up to which. */
    private readonly position: () => { runId: string; after: number } | null,
    private readonly onFrame: (frame: Frame) => void,
    private readonly onConnection: (connection: Connection) => void,
  ) {}

  /** Connect, and stay connected until `close`. */
  open(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.connect();
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
  }

  /** Say something, if anybody listens. */
  send(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  close(): void {
    this.isWanted = false;
    clearTimeout(this.timer);
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    this.socket?.close();
    this.onConnection("off");
  }

  /** Don't wait for the next attempt. */
  readonly hurry = (): void => {
    if (this.socket !== null || !this.isWanted || document.hidden) return;
    clearTimeout(this.timer);
    this.connect();
  };

  private connect(): void {
    const url = new URL("/api/events", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const position = this.position();
    if (position !== null) {
      url.searchParams.set("runId", position.runId);
      url.searchParams.set("after", String(position.after));
    }
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.onopen = () => {
      this.retryMs = FIRST_RETRY_MS;
      this.onConnection("open");
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.socket === socket) this.onFrame(JSON.parse(data) as Frame);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (!this.isWanted) return;
      this.onConnection("lost");
      this.timer = setTimeout(() => this.connect(), this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    };
  }
}
