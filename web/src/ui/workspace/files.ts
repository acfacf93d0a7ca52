import * as commands from "@/features/workspace/commands";
import { useWorkspace } from "@/features/workspace/store";

/** As much as the server takes. */
const MAX_BYTES = 5 * 1024 * 1024;

/** Let the browser save what an address answers. */
export function download(url: string, fileName = ""): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
}

/** Make a scenario of every file; raises an error that names the first one that is none. */
export async function importFiles(files: Iterable<File>, tooLong: (name: string) => string): Promise<void> {
  const { open, projects } = useWorkspace.getState();
  const projectId = open?.projectId ?? projects[0]?.id;
  if (projectId === undefined) return;
  for (const file of files) {
    if (file.size > MAX_BYTES) throw new Error(tooLong(file.name));
    await commands.importScenario(projectId, file.name, await file.text());
  }
}
