import { Check, Copy, Download, X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { labelOf, lineOf, toneOf } from "@/core/ladder/labels";
import type { Arrow } from "@/core/ladder/model";
import { parseMessage } from "@/core/sip/message";
import { printable } from "@/core/sip/printable";
import { parseSdp } from "@/core/sip/sdp";
import { type MessageTab, useLadderView } from "@/features/ladder/store";
import { IconButton } from "@/ui/kit/Button";
import { attempt } from "@/ui/kit/attempt";
import { classes } from "@/ui/kit/classes";
import { messageFileName, saveText } from "../saving";
import { TONE_COLOR } from "../tones";
import type { LadderData } from "../useLadder";
import { Comparison } from "./Comparison";
import { HeaderTable } from "./HeaderTable";
import { RawText } from "./RawText";
import { Sights } from "./Sights";
import { Session } from "./Session";

const COPIED_MS = 1_500;

/** One message as it was on the wire: its text, its parts, and what sets it apart from another. */
export function MessagePanel({ arrow, data }: { arrow: Arrow; data: LadderData }) {
  const { t } = useTranslation("ladder");
  const { set, tab: chosen } = useLadderView();
  const { raw } = arrow.first;
  const message = useMemo(() => parseMessage(raw), [raw]);
  const session = useMemo(() => parseSdp(message.body), [message]);
  const { name, answers } = labelOf(arrow.first);
  const nameOf = (key: string) => data.lanes[data.placeOf.get(key) ?? -1]?.name ?? key;
  const close = () => {
    set({ opened: null });
    document.querySelector<HTMLElement>("[role=listbox][data-ladder]")?.focus();
  };
  const tabs: readonly MessageTab[] =
    session === null ? ["raw", "headers", "difference"] : ["raw", "headers", "sdp", "difference"];
  return (
    <section
      aria-label={t("message", { name: lineOf(arrow) })}
      className="flex h-full flex-col bg-surface"
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <header className="flex items-center gap-1 px-3 pt-1.5">
        <div className="flex min-w-0 flex-1 items-baseline gap-2 whitespace-nowrap">
          <h2 className="flex min-w-0 items-baseline gap-1.5 text-sm font-semibold">
            <span className={classes("truncate", TONE_COLOR[toneOf(arrow.first)])}>{name}</span>
            {answers !== null && <span className="text-xs font-normal text-muted">{answers}</span>}
          </h2>
          <p className="min-w-16 truncate text-xs text-muted">
            {nameOf(arrow.source)} → {nameOf(arrow.target)} · {printable(arrow.first.transport)}
          </p>
        </div>
        <CopyButton text={raw} />
        <IconButton
          icon={Download}
          label={t("downloadMessage")}
          size="smallIcon"
          onClick={() => saveText(raw, messageFileName(arrow), "text/plain")}
        />
        <IconButton icon={X} label={t("closeMessage")} size="smallIcon" onClick={close} />
      </header>
      <Tabs.Root
        value={tabs.includes(chosen) ? chosen : "raw"}
        onValueChange={(tab) => set({ tab: tab as MessageTab })}
        className="flex min-h-0 flex-1 flex-col"
      >
        <Tabs.List aria-label={t("views")} className="flex shrink-0 gap-1 border-b border-line px-2">
          {tabs.map((tab) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className={classes(
                "h-7 cursor-pointer border-b-2 border-transparent px-1.5 text-xs text-muted",
                "data-[state=active]:border-accent data-[state=active]:text-text",
              )}
            >
              {t(`view.${tab}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Content
            key={tab}
            value={tab}
            tabIndex={0}
            className="min-h-0 flex-1 overflow-auto -outline-offset-2"
          >
            <Sights arrow={arrow} data={data} />
            {tab === "raw" && <RawText raw={raw} />}
            {tab === "headers" && <HeaderTable message={message} />}
            {tab === "sdp" && session !== null && <Session session={session} />}
            {tab === "difference" && <Comparison arrow={arrow} data={data} />}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </section>
  );
}

function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation("ladder");
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), COPIED_MS);
  };
  return (
    <IconButton
      icon={isDone ? Check : Copy}
      label={isDone ? t("copied") : t("copy")}
      size="smallIcon"
      onClick={() => attempt(copy())}
    />
  );
}
