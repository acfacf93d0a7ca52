import i18next from "i18next";
import { toast } from "sonner";
import type { Scenario } from "@/api/workspace";
import { Refusal } from "@/features/errors/words";
import * as imports from "@/features/workspace/imports";
import { useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { keysOf } from "@/ui/kit/keys";

/** As much as the server takes. */
const MAX_BYTES = 5 * 1024 * 1024;
/** What takes longer than this is told of. */
const PATIENCE_MS = 400;
const TAKING_BACK_MS = 10_000;

/**
 * Make a scenario of every file and open the last one. What takes long shows how far it is and can be given up; what is
 * done can be taken back. Raises an error that names the first file that is no scenario.
 */
export async function importFiles(files: readonly File[]): Promise<void> {
  const { open, projects } = useWorkspace.getState();
  const projectId = open?.projectId ?? projects[0]?.id;
  if (projectId === undefined) return;
  const imported: Scenario[] = [];
  const given = new AbortController();
  const progress = new Progress(files, () => given.abort());
  try {
    for (const file of files) {
      if (given.signal.aborted) break;
      progress.at(file);
      if (file.size > MAX_BYTES) throw new Refusal(i18next.t("workspace:tooLong", { name: file.name }));
      imported.push(await imports.importScenario(projectId, file.name, await file.text(), given.signal));
    }
  } catch (error) {
    if (!given.signal.aborted) throw error;
  } finally {
    progress.end();
    await imports.showImported(imported, open?.id ?? null);
  }
  if (imported.length > 0) offerTakingBack(imported);
}

/** Undo the last step, as by its key. */
export const undo = (): void => attempt(imports.undo().then(tellTakenBack));

/** Do again what was undone last. */
export const redo = (): void => attempt(imports.redo());

function tellTakenBack(gone: readonly Scenario[]): void {
  const [first] = gone;
  if (first === undefined) return;
  const keys = keysOf("edit.redo");
  toast(i18next.t("workspace:takenBack", { count: gone.length, name: first.name, keys }));
}

function offerTakingBack(imported: readonly Scenario[]): void {
  const text = i18next.t("workspace:imported", { count: imported.length, name: imported[0]?.name });
  toast.success(text, {
    duration: TAKING_BACK_MS,
    action: {
      label: i18next.t("workspace:takeBack"),
      onClick: () => attempt(imports.takeBack(imported).then(tellTakenBack)),
    },
  });
}

/** How far an import is, with a way out of it. */
class Progress {
  private file: File | undefined;
  private shown: string | number | undefined;
  private readonly timer = setTimeout(() => this.tell(), PATIENCE_MS);

  constructor(
    private readonly files: readonly File[],
    private readonly giveUp: () => void,
  ) {}

  at(file: File): void {
    this.file = file;
    if (this.shown !== undefined) this.tell();
  }

  end(): void {
    clearTimeout(this.timer);
    if (this.shown !== undefined) toast.dismiss(this.shown);
  }

  private tell(): void {
    const { files, file } = this;
    if (file === undefined) return;
    const place = { at: files.indexOf(file) + 1, of: files.length, name: file.name };
    this.shown = toast.loading(i18next.t("workspace:importing", place), {
      ...(this.shown === undefined ? {} : { id: this.shown }),
      duration: Infinity,
      action: { label: i18next.t("workspace:giveUp"), onClick: this.giveUp },
    });
  }
}
