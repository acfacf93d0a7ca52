import { type Finding, validate } from "@/api/catalogue";
import { ApiError } from "@/api/client";
import { useEditor } from "@/features/editor/store";
import { whatHappened } from "@/features/errors/words";
import { language } from "@/features/settings/language";
import { useVariables } from "@/features/variables/store";
import { useWorkspace } from "@/features/workspace/store";
import { showFindings } from "./store";

const WAIT_MS = 250;
const RETRY_MS = 3_000;

/** Have the document looked through after every edit; the returned function ends it. */
export function followProblems(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked: AbortController | null = null;

  const ask = async (): Promise<void> => {
    const { signal } = (asked = new AbortController());
    const scenarioId = useWorkspace.getState().open?.id;
    if (scenarioId === undefined) {
      showFindings([]);
      return;
    }
    const variables = useVariables.getState().valuesOf(scenarioId);
    try {
      const { document } = useEditor.getState();
      const { findings } = await validate(document, variables, language.current(), signal);
      if (!signal.aborted) showFindings(findings);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !error.isOffline) showFindings([refused(error)]);
      else timer = setTimeout(() => void ask(), RETRY_MS);
    }
  };
  /** What was asked before is out of date. */
  const askSoon = (waitMs: number): void => {
    asked?.abort();
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), waitMs);
  };

  const ends = [
    useEditor.subscribe((now, before) => {
      if (now.document !== before.document) askSoon(WAIT_MS);
    }),
    useVariables.subscribe(() => askSoon(WAIT_MS)),
    language.subscribe(() => askSoon(0)),
  ];
  askSoon(0);
  return () => {
    asked?.abort();
    clearTimeout(timer);
    for (const end of ends) end();
  };
}

/** The document as a whole could not be looked through: too large, or too deep. */
const refused = (error: ApiError): Finding => ({
  severity: "error",
  nodeId: null,
  edgeId: null,
  field: null,
  code: error.code,
  message: whatHappened(error),
});
