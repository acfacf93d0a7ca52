import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRun } from "@/features/run/store";
import * as commands from "@/features/workspace/commands";
import { type Conflict, useWorkspace } from "@/features/workspace/store";
import { attempt } from "@/ui/kit/attempt";
import { Button } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import { formatMoment } from "@/ui/kit/time";

/** What a person must know about the safety of the work on the canvas, above it, until it is dealt with. */
export function Notices() {
  const { conflict, restored, safety } = useWorkspace();
  const isServerGone = useIsServerGone();
  const { t, i18n } = useTranslation("workspace");
  if (conflict !== null) return <ConflictNotice conflict={conflict} />;
  if (safety === "offline" || isServerGone) return <Notice tone="warning">{t("offline")}</Notice>;
  if (restored === null) return null;
  return (
    <Notice tone="info">
      <span>{t("restored", { time: formatMoment(restored.updatedAt, i18n.language) })}</span>
      <Button size="small" onClick={() => attempt(commands.save())}>
        {t("save")}
      </Button>
      <Button size="small" onClick={() => attempt(commands.discardEdits())}>
        {t("discard")}
      </Button>
      <Button size="small" tone="quiet" onClick={() => useWorkspace.setState({ restored: null })}>
        {t("goOn")}
      </Button>
    </Notice>
  );
}

/** The status line tells of a cut at once; whoever is still waiting after this time needs to know what to do. */
const PATIENCE_MS = 3_000;

function useIsServerGone(): boolean {
  const isLost = useRun(({ connection }) => connection === "lost");
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isLost) return;
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isLost]);
  return isLong;
}

function ConflictNotice({ conflict }: { conflict: Conflict }) {
  const { t, i18n } = useTranslation("workspace");
  const time = (atMs: number) => formatMoment(atMs, i18n.language);
  const text =
    conflict.kind === "deleted"
      ? t("conflict.deleted")
      : conflict.kind === "version"
        ? t("conflict.version", { version: conflict.version, time: time(conflict.updatedAt) })
        : t("conflict.draft", { time: time(conflict.theirs.updatedAt) });
  return (
    <Notice tone="warning">
      <span>{text}</span>
      {conflict.kind !== "deleted" && (
        <>
          <Button size="small" onClick={() => attempt(commands.keepMine())}>
            {t("conflict.keepMine")}
          </Button>
          <Button size="small" onClick={() => attempt(commands.takeTheirs())}>
            {t("conflict.takeTheirs")}
          </Button>
        </>
      )}
      <Button size="small" onClick={() => attempt(commands.saveAsCopy())}>
        {t("conflict.copy")}
      </Button>
    </Notice>
  );
}

function Notice({ tone, children }: { tone: "info" | "warning"; children: ReactNode }) {
  return (
    <div
      role={tone === "warning" ? "alert" : "status"}
      className={classes(
        "flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5",
        tone === "warning" ? "bg-warning-soft" : "bg-accent-soft",
      )}
    >
      {children}
    </div>
  );
}
