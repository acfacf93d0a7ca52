import { ArrowLeft, ArrowRight, CircleX, Crosshair, Grid3x3, Lightbulb, X } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { instancesIn } from "@/core/ladder/lanes";
import { labelOf } from "@/core/ladder/labels";
import type { SipMessageEvent } from "@/core/run/events";
import { addressOfSection, type Failure, failureAt, hintFor } from "@/core/run/failure";
import { matrixBefore } from "@/core/run/hearing";
import { printable } from "@/core/sip/printable";
import { useCatalogue } from "@/features/catalogue/store";
import { useShownDocument } from "@/features/editor/shown";
import { useFocus } from "@/features/focus/store";
import { followHints, useHints } from "@/features/run/hints";
import { type RunView, useRun } from "@/features/run/store";
import { useSettings } from "@/features/settings/store";
import { Button, IconButton } from "@/ui/kit/Button";
import { Matrix } from "./Matrix";
import { useNodeTitles } from "./useWords";

/** Over the canvas: why the run, or the failed node that is lit up, has failed, and what to try. */
export function FailureCard() {
  const nodeId = useFocus((focus) => focus.nodeId);
  const request = useFocus((focus) => focus.request);
  const litSeq = useRun((view) => litFailure(view, nodeId));
  const runSeq = useRun(runFailure);
  const seq = litSeq === 0 ? runSeq : litSeq;
  const [dismissed, setDismissed] = useState<{ seq: number; request: number } | null>(null);
  // Lighting up the failed node again asks for the card again.
  const isDismissed = dismissed?.seq === seq && (litSeq === 0 || dismissed.request === request);
  if (seq === 0 || isDismissed) return null;
  return <Card seq={seq} onDismiss={() => setDismissed({ seq, request })} />;
}

/** The event that tells why the lit node has failed; 0 where it has not. */
function litFailure({ state, view }: RunView, nodeId: string | null): number {
  const lit = view === "none" || nodeId === null ? undefined : state.nodes.get(nodeId);
  return lit?.state === "failed" ? lit.seq : 0;
}

/** The event that tells why the run has failed; 0 where it has not. */
function runFailure({ state, view }: RunView): number {
  if (view === "none" || state.result !== "failed") return 0;
  const cause = state.errorNodeId === null ? undefined : state.nodes.get(state.errorNodeId);
  return cause?.state === "failed" ? cause.seq : state.seq;
}

function Card({ seq, onDismiss }: { seq: number; onDismiss: () => void }) {
  const { t } = useTranslation("monitor");
  const recording = useRun((view) => view.recording);
  const failure = useMemo(() => failureAt(recording.events, seq), [recording, seq]);
  const isHandled = useRun(
    ({ state }) =>
      state.result !== null && (state.result !== "failed" || state.errorNodeId !== failure?.nodeId),
  );
  const titleOf = useNodeTitles();
  const shown = useShownDocument();
  useEffect(followHints, []);
  const card = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    card.current?.toggleAttribute("data-left", standsOnTheRight(failure?.nodeId ?? null));
  }, [failure]);
  const hints = useHints((known) => known.hints);
  if (failure === null) return null;
  const { nodeId, instanceId, callId, messages } = failure;
  const instance = instancesIn(shown).find(({ id }) => id === instanceId)?.name;
  const hint = hintFor(failure, hints);
  return (
    <section
      ref={card}
      aria-label={t("failure.label")}
      className="absolute top-3 right-3 z-10 flex data-[left]:right-auto data-[left]:left-16 max-h-[calc(100%-1.5rem)] w-80 max-w-[calc(100%-1.5rem)] flex-col overflow-hidden rounded-xl border border-failure/40 bg-raised shadow-xl print:static print:mb-3 print:max-h-none print:w-full print:max-w-none print:shadow-none"
    >
      <header className="flex items-start gap-2 bg-failure-soft px-3 py-2">
        <CircleX aria-hidden size={16} className="mt-0.5 shrink-0 text-failure" />
        <div role="alert" className="min-w-0 flex-1">
          <h2 className="truncate font-semibold">
            {nodeId === null ? t("failure.titleRun") : t("failure.title", { node: titleOf(nodeId) })}
          </h2>
          <p className="truncate text-xs text-muted">
            {instance !== undefined && t("failure.of", { instance })}{" "}
            {callId !== null && t("failure.onCall", { call: printable(callId) })}
          </p>
        </div>
        {nodeId !== null && (
          <IconButton
            icon={Crosshair}
            size="smallIcon"
            label={t("failure.showNode")}
            onClick={() => useFocus.getState().show({ nodeId })}
          />
        )}
        <IconButton icon={X} size="smallIcon" label={t("failure.dismiss")} onClick={onDismiss} />
      </header>
      <div className="flex min-h-0 flex-col gap-3 overflow-auto px-3 py-3">
        <Words failure={failure} />
        <Heard failure={failure} />
        <Messages messages={messages} />
        <div className="flex gap-2 rounded-lg bg-sunken p-2">
          <Lightbulb aria-hidden size={16} className="mt-0.5 shrink-0 text-warning" />
          <div className="min-w-0">
            <h3 className="text-xs font-semibold">{t("failure.try")}</h3>
            <p className="first-letter:uppercase">{hint?.text ?? t("failure.tryAnything")}</p>
            {hint !== null && hint.rfc !== "" && <Section rfc={hint.rfc} />}
          </div>
        </div>
        {isHandled && <p className="text-xs text-muted">{t("failure.isHandled")}</p>}
      </div>
    </section>
  );
}

/** Whether the node stands where the card would hide it. */
function standsOnTheRight(nodeId: string | null): boolean {
  const node = document.querySelector(`.react-flow__node[data-id="${CSS.escape(nodeId ?? "")}"]`);
  const [own, all] = [node, node?.closest(".react-flow")].map((one) => one?.getBoundingClientRect());
  return own !== undefined && all !== undefined && own.left + own.right > all.left + all.right;
}

/** What was expected beside what came; where the error does not tell these apart, the error itself. */
function Words({ failure: { expected, got, error, said } }: { failure: Failure }) {
  const { t } = useTranslation("monitor");
  const tell = useCatalogue((catalogue) => catalogue.tell);
  const rows =
    expected === null || got === null
      ? [[t("failure.error"), tell(error, said?.error)] as const]
      : [
          [t("failure.expected"), tell(expected, said?.expected)] as const,
          [t("failure.got"), tell(got, said?.got)] as const,
        ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
      {rows.map(([name, text], index) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd
            className={`min-w-0 break-words ${index === rows.length - 1 ? "font-medium text-failure" : "font-medium"}`}
          >
            {printable(text)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Who was heard by whom, where that is what has failed. */
function Heard({ failure: { seq, nodeId } }: { failure: Failure }) {
  const { t } = useTranslation("monitor");
  const recording = useRun((view) => view.recording);
  const matrix = useMemo(
    () => (nodeId === null ? null : matrixBefore(recording.events, seq, nodeId)),
    [recording, seq, nodeId],
  );
  if (matrix === null) return null;
  return (
    <div>
      <h3 className="mb-1 text-xs font-semibold text-muted">{t("hears.title")}</h3>
      <div className="overflow-x-auto">
        <Matrix matrix={matrix} isSmall />
      </div>
      <Button size="small" tone="quiet" className="mt-1" onClick={() => showInMedia(matrix.seq)}>
        <Grid3x3 aria-hidden size={14} />
        {t("hears.show")}
      </Button>
    </div>
  );
}

function showInMedia(seq: number): void {
  useSettings.getState().set({ isConsoleOpen: true, consoleTab: "media" });
  useFocus.getState().show({ seq });
}

function Messages({ messages }: { messages: readonly SipMessageEvent[] }) {
  const { t } = useTranslation("monitor");
  const startedAt = useRun(({ state, run }) => state.startedAt ?? run?.startedAt ?? 0);
  if (messages.length === 0) return <p className="text-xs text-muted">{t("failure.noMessages")}</p>;
  return (
    <div>
      <h3 className="mb-1 text-xs font-semibold text-muted">{t("failure.messages")}</h3>
      <ul>
        {messages.map((message) => {
          const { name, answers, sdp } = labelOf(message);
          const Arrow = message.direction === "sent" ? ArrowRight : ArrowLeft;
          return (
            <li key={message.seq}>
              <Button
                tone="quiet"
                size="small"
                title={t("failure.showMessage")}
                className="w-full justify-start font-normal"
                onClick={() => showInLadder(message)}
              >
                <span className="w-12 text-right font-mono text-[11px] text-muted tabular-nums">
                  {((message.timestamp - startedAt) / 1_000).toFixed(3)}
                </span>
                <Arrow aria-hidden size={14} className="shrink-0 text-muted" />
                <span className="truncate">
                  {name}
                  <span className="text-muted">
                    {[answers, sdp].map((part) => (part === null ? "" : ` · ${part}`))}
                  </span>
                </span>
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function showInLadder({ seq, firstSeq }: SipMessageEvent): void {
  useSettings.getState().set({ isConsoleOpen: true, consoleTab: "ladder" });
  useFocus.getState().show({ seq, arrow: firstSeq });
}

function Section({ rfc }: { rfc: string }) {
  const { t } = useTranslation("monitor");
  const address = addressOfSection(rfc);
  if (address === null) return null;
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer"
      className="text-xs text-accent underline underline-offset-2"
    >
      {t("failure.section", { rfc })}
    </a>
  );
}
