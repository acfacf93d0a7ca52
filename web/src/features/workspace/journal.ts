import { ApiError } from "@/api/client";
import * as api from "@/api/workspace";
import { isEqual } from "@/core/versions/diff";
import type { FlowDocument } from "@/core/document/types";
import { useEditor } from "@/features/editor/store";
import { outbox } from "./outbox";
import { type Conflict, useWorkspace } from "./store";

/** This tab, among those that write drafts; the same one after a reload. */
export const CLIENT = (() => {
  const kept = sessionStorage.getItem("sipflow.client") ?? crypto.randomUUID();
  sessionStorage.setItem("sipflow.client", kept);
  return kept;
})();

/** An edit is in the browser's own store after this time, */
const KEEP_AFTER_MS = 100;
/** and on its way to the server after this one. */
const SEND_AFTER_MS = 300;
const RETRY_MS = 1_500;

/**
 * Carries edits to the server as drafts, one request at a time; what the server has not confirmed waits in the
 * browser. One scenario at a time: `follow` begins with what has just been loaded.
 */
class Journal {
  private scenarioId: string | null = null;
  private baseVersion = 0;
  private revision: number | null = null;
  /** The document that is saved as `baseVersion`, as far as this tab knows it. */
  private saved: FlowDocument | null = null;
  /** What the server or nobody needs to hear of again. */
  private settled: FlowDocument | null = null;
  private keepTimer: ReturnType<typeof setTimeout> | undefined;
  private sendTimer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | null = null;
  /** What was sent and got no answer: the server may have taken one of these all the same. */
  private readonly unanswered = new Set<FlowDocument>();

  constructor() {
    useEditor.subscribe((now, before) => {
      if (now.document !== before.document) this.edited(now.document);
    });
  }

  /** Begin with a scenario whose document is on the canvas; `saved` is its saved form. */
  follow(scenarioId: string, baseVersion: number, saved: FlowDocument, revision: number | null): void {
    this.pause();
    this.scenarioId = scenarioId;
    this.baseVersion = baseVersion;
    this.revision = revision;
    this.saved = saved;
    this.settled = useEditor.getState().document;
    this.unanswered.clear();
    useWorkspace.setState({ safety: this.settled === saved ? "saved" : "draft" });
  }

  /** Write to nobody until `follow`. */
  pause(): void {
    clearTimeout(this.keepTimer);
    this.unschedule();
    this.scenarioId = null;
  }

  /** Whether the canvas differs from the saved version. */
  get isDirty(): boolean {
    return this.saved !== null && !isEqual(useEditor.getState().document, this.saved);
  }

  get isSettled(): boolean {
    return this.settled === useEditor.getState().document;
  }

  get draftRevision(): number | null {
    return this.revision;
  }

  /** Send what is unsent now. Raises ApiError where the server refuses or does not answer. */
  async flush(): Promise<void> {
    this.unschedule();
    try {
      while (this.scenarioId !== null && !this.isSettled) {
        this.sending ??= this.send().finally(() => (this.sending = null));
        await this.sending;
      }
    } catch (error) {
      if (error instanceof ApiError && isPassing(error)) this.retryLater();
      throw error;
    }
  }

  /** Build on this draft, which may be another's: what is on the canvas is to replace it, and is still to be sent. */
  rebase(revision: number | null): void {
    this.revision = revision;
    this.settled = null;
    this.edited(useEditor.getState().document);
  }

  private edited(document: FlowDocument): void {
    if (this.scenarioId === null || document === this.settled) return;
    clearTimeout(this.keepTimer);
    this.keepTimer = setTimeout(() => void this.keep(), KEEP_AFTER_MS);
    if (useWorkspace.getState().conflict !== null) return; // kept by the browser until a person has chosen
    useWorkspace.setState({ safety: "sending" });
    this.sendTimer ??= setTimeout(() => this.sendSoon(), SEND_AFTER_MS);
  }

  private sendSoon(): void {
    this.sendTimer = undefined;
    this.flush().catch(() => undefined); // told by the state of safety
  }

  private retryLater(): void {
    useWorkspace.setState({ safety: "offline" });
    this.sendTimer ??= setTimeout(() => this.sendSoon(), RETRY_MS);
  }

  private unschedule(): void {
    clearTimeout(this.sendTimer);
    this.sendTimer = undefined;
  }

  private async keep(): Promise<void> {
    if (this.scenarioId === null || this.isSettled) return;
    await outbox.put({
      scenarioId: this.scenarioId,
      baseVersion: this.baseVersion,
      revision: this.revision,
      client: CLIENT,
      updatedAt: Date.now(),
      flowData: useEditor.getState().document,
    });
  }

  private async send(): Promise<void> {
    const { scenarioId } = this;
    const document = useEditor.getState().document;
    const sentAt = Date.now();
    if (scenarioId === null) return;
    // Undone back to the saved version: there is nothing left to keep.
    const isUndone = this.saved !== null && isEqual(document, this.saved);
    try {
      const revision = await this.write(scenarioId, isUndone ? null : document);
      if (this.scenarioId === scenarioId) this.revision = revision;
    } catch (error) {
      if (this.scenarioId !== scenarioId) throw error;
      if (this.goesOnFrom(error, document)) return;
      if (error instanceof ApiError && error.isOffline) this.unanswered.add(document);
      const conflict = conflictOf(error);
      if (conflict !== null) useWorkspace.setState({ conflict });
      throw error;
    }
    if (this.scenarioId === scenarioId) this.unanswered.clear();
    await outbox.settle(scenarioId, sentAt);
    if (this.scenarioId !== scenarioId) return;
    this.settled = document;
    if (this.isSettled) useWorkspace.setState({ safety: this.revision === null ? "saved" : "draft" });
  }

  /** Make the draft this document, or null for none; returns its revision. */
  private async write(scenarioId: string, document: FlowDocument | null): Promise<number | null> {
    const { baseVersion, revision } = this;
    if (document === null) {
      if (revision !== null) await api.deleteDraft(scenarioId, revision);
      return null;
    }
    return (await api.saveDraft(scenarioId, { flowData: document, baseVersion, revision, client: CLIENT }))
      .revision;
  }

  /**
   * A refusal for the sake of what we wrote ourselves is no conflict, and the next draft builds on that: the answer to
   * it was lost, or another tab found it in the browser's store and was quicker to send it. Nor is one for the sake of
   * a draft that is there no more.
   */
  private goesOnFrom(error: unknown, document: FlowDocument): boolean {
    if (!(error instanceof ApiError) || error.code !== "conflict") return false;
    const theirs = (error.body.current ?? null) as api.Draft | null;
    if (theirs !== null && ![document, ...this.unanswered].some((ours) => isEqual(theirs.flowData, ours)))
      return false;
    this.revision = theirs?.revision ?? null;
    this.unanswered.clear();
    return true;
  }
}

/** Whether the same request may be taken later: when the server is back, well, or knows this browser again. */
const isPassing = ({ isOffline, status }: ApiError): boolean => isOffline || status === 401 || status >= 500;

/** What a refusal of ours to write over another's work looks like to people. */
export function conflictOf(error: unknown): Conflict | null {
  if (!(error instanceof ApiError)) return null;
  if (error.status === 404) return { kind: "deleted" };
  if (error.code !== "conflict") return null;
  const current = error.body.current as api.Draft | api.ScenarioSummary | null | undefined;
  if (current === undefined || current === null) return null;
  return "flowData" in current
    ? { kind: "draft", theirs: current }
    : { kind: "version", version: current.version, updatedAt: current.updatedAt };
}

export const journal = new Journal();
