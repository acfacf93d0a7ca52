import { useTranslation } from "react-i18next";
import { classes } from "@/ui/kit/classes";
import { Safe } from "./Safe";

/** What one view shows of a message; the rest is in the file. */
const MAX_LINES = 1_500;

/** A message as it was written, line by line. */
export function RawText({ raw }: { raw: string }) {
  const { t } = useTranslation("ladder");
  const lines = raw.split(/\r?\n/);
  const blank = lines.indexOf("", 1);
  const rest = lines.length - MAX_LINES;
  return (
    <>
      <pre className="px-3 py-2 font-mono text-[11.5px] leading-4.5 wrap-anywhere whitespace-pre-wrap">
        {lines.slice(0, MAX_LINES).map((line, at) => {
          const isHeader = at > 0 && (blank < 0 || at < blank);
          const colon = isHeader && !/^[ \t]/.test(line) ? line.indexOf(":") : -1;
          return (
            <div key={at} className={classes("pl-4 -indent-4", at === 0 && "font-semibold text-accent")}>
              {colon > 0 && (
                <span className="text-event">
                  <Safe>{line.slice(0, colon)}</Safe>
                </span>
              )}
              <Safe>{colon > 0 ? line.slice(colon) : line}</Safe>
              {"\n"}
            </div>
          );
        })}
      </pre>
      {rest > 0 && <p className="px-3 pb-2 text-xs text-muted">{t("moreLines", { count: rest })}</p>}
    </>
  );
}
