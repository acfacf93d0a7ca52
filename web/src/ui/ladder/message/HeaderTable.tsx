import { useTranslation } from "react-i18next";
import type { ParsedMessage } from "@/core/sip/message";
import { Safe } from "./Safe";

const MAX_HEADERS = 500;

/** The header fields by their full names. */
export function HeaderTable({ message: { startLine, headers } }: { message: ParsedMessage }) {
  const { t } = useTranslation("ladder");
  const rest = headers.length - MAX_HEADERS;
  return (
    <table className="w-full border-collapse text-xs">
      <caption className="px-3 pt-2 pb-1 text-left font-mono text-[11.5px] font-semibold wrap-anywhere text-accent">
        <Safe>{startLine}</Safe>
      </caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("header")}</th>
          <th scope="col">{t("value")}</th>
        </tr>
      </thead>
      <tbody>
        {headers.slice(0, MAX_HEADERS).map(({ name, fullName, value }, at) => (
          <tr key={at} className="border-t border-line/60 align-top hover:bg-sunken">
            <th scope="row" className="py-1 pr-2 pl-3 text-left font-medium whitespace-nowrap text-muted">
              <Safe>{fullName}</Safe>
              {name.length === 1 && (
                <span className="ml-1 font-mono text-[10px]">
                  (<Safe>{name}</Safe>)
                </span>
              )}
            </th>
            <td className="w-full py-1 pr-3 font-mono text-[11.5px] wrap-anywhere">
              <Safe>{value}</Safe>
            </td>
          </tr>
        ))}
      </tbody>
      {rest > 0 && (
        <tfoot>
          <tr>
            <td colSpan={2} className="px-3 py-1 text-muted">
              {t("moreLines", { count: rest })}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}
