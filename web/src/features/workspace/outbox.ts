import { type DBSchema, openDB } from "idb";
import type { FlowDocument } from "@/core/document/types";

/** A draft that the server has not confirmed yet. */
export interface UnsentDraft {
  scenarioId: string;
  baseVersion: number;
  /** The server's revision it builds on; null where there was no draft. */
  revision: number | null;
  client: string;
  updatedAt: number;
  flowData: FlowDocument;
}

interface Outbox extends DBSchema {
  drafts: { key: string; value: UnsentDraft };
}

/** Drafts wait here, in the browser, from the edit until the server has them: a dead server loses nothing. */
const opened = () =>
  openDB<Outbox>("sipflow", 1, {
    upgrade: (database) => void database.createObjectStore("drafts", { keyPath: "scenarioId" }),
  });
let database: ReturnType<typeof opened> | null = null;
const store = () => (database ??= opened());

export const outbox = {
  put: async (draft: UnsentDraft): Promise<void> => {
    await (await store()).put("drafts", draft);
  },
  find: async (scenarioId: string): Promise<UnsentDraft | undefined> =>
    await (await store()).get("drafts", scenarioId),
  /** Forget what was sent, unless something newer has been put since. */
  settle: async (scenarioId: string, updatedAt: number): Promise<void> => {
    const transaction = (await store()).transaction("drafts", "readwrite");
    const kept = await transaction.store.get(scenarioId);
    if (kept !== undefined && kept.updatedAt <= updatedAt) await transaction.store.delete(scenarioId);
    await transaction.done;
  },
};
