import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { recordingUrl } from "@/api/recordings";
import { printable } from "@/core/sip/printable";
import { followRecordings, useRecordings } from "@/features/run/recordings";
import { IconButton } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import { download } from "@/ui/workspace/files";
import { Player } from "./Player";
import { formatSpan } from "./RunRow";

/** What a run has recorded: a list, and a player for the one that is chosen. */
export function Recordings() {
  const { t } = useTranslation("monitor");
  useEffect(followRecordings, []);
  const { runId, files, isFinal } = useRecordings();
  const [chosen, choose] = useState<string | null>(null);
  const open = files.find(({ id }) => id === chosen) ?? files[0];
  if (runId === null || open === undefined) return null;
  const url = recordingUrl(runId, open.id);
  return (
    <section aria-label={t("media.recordings")} className="border-t border-line p-3">
      <h3 className="mb-2 text-xs font-medium text-muted">{t("media.recordings")}</h3>
      <div className="flex flex-wrap gap-3">
        <ul className="flex max-h-48 w-64 flex-col overflow-auto">
          {files.map(({ id, name, durationMs }) => (
            <li key={id} className="flex items-center gap-1">
              <button
                type="button"
                aria-pressed={id === open.id}
                className={classes(
                  "flex min-w-0 flex-1 cursor-pointer items-center gap-2 rounded-md px-2 py-1 text-left text-xs",
                  id === open.id ? "bg-accent-soft" : "hover:bg-sunken",
                )}
                onClick={() => {
                  choose(id);
                }}
              >
                <span className="min-w-0 flex-1 truncate font-medium">{printable(name)}</span>
                <span className="text-muted tabular-nums">
                  {durationMs > 0 ? formatSpan(durationMs) : t(isFinal ? "media.empty" : "media.notYet")}
                </span>
              </button>
              <Save runId={runId} id={id} name={printable(name)} />
            </li>
          ))}
        </ul>
        {url === null ? (
          <p className="max-w-96 text-xs text-muted">
            {t("media.leftOutHelp", { size: (open.sizeBytes / 2 ** 20).toFixed(1) })}
          </p>
        ) : open.durationMs > 0 ? (
          <Player key={`${runId} ${open.id} ${open.durationMs}`} runId={runId} file={open} url={url} />
        ) : (
          <p className="text-xs text-muted">{t(isFinal ? "media.emptyHelp" : "media.notYetHelp")}</p>
        )}
      </div>
    </section>
  );
}

function Save({ runId, id, name }: { runId: string; id: string; name: string }) {
  const { t } = useTranslation("monitor");
  const url = recordingUrl(runId, id);
  if (url === null) return <span className="px-1 text-xs text-muted">{t("media.leftOut")}</span>;
  return (
    <IconButton
      icon={Download}
      size="smallIcon"
      label={t("media.download", { name })}
      onClick={() => download(url, name.slice(name.lastIndexOf("/") + 1))}
    />
  );
}
