import { useTranslation } from "react-i18next";
import type { MediaView, SdpView } from "@/core/sip/sdp";
import { Safe } from "./Safe";

const ARROWS = { sendrecv: "⇄", sendonly: "→", recvonly: "←", inactive: "⊘" } as const;

/** A session description: each stream with where to, which way and with what, then the lines themselves. */
export function Session({ session }: { session: SdpView }) {
  const { t } = useTranslation("ladder");
  return (
    <div className="flex flex-col gap-2 p-3 text-xs">
      {session.media.map((media, at) => (
        <Stream key={at} media={media} />
      ))}
      <details>
        <summary className="cursor-pointer text-muted">
          {t("allLines", { count: session.lines.length })}
        </summary>
        <pre className="mt-1 font-mono text-[11.5px] leading-4.5 wrap-anywhere whitespace-pre-wrap">
          {session.lines.map(({ type, value }, at) => (
            <div key={at}>
              <span className="text-event">
                <Safe>{type}</Safe>=
              </span>
              <Safe>{value}</Safe>
            </div>
          ))}
        </pre>
      </details>
    </div>
  );
}

function Stream({ media }: { media: MediaView }) {
  const { t } = useTranslation("ladder");
  return (
    <section className="rounded-md border border-line">
      <h3 className="flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b border-line bg-sunken px-2.5 py-1.5">
        <span className="font-semibold">
          <Safe>{media.kind}</Safe>
        </span>
        <span className="font-mono">
          <Safe>{media.address}</Safe>
        </span>
        <span className="rounded-sm bg-surface px-1 font-medium">
          <span aria-hidden>{ARROWS[media.direction]} </span>
          {media.direction}
        </span>
        {media.isRefused && <span className="font-medium text-failure">{t("refusedStream")}</span>}
        <span className="text-muted">
          <Safe>{media.protocol}</Safe>
          {media.ptimeMs !== null && (
            <>
              {" · "}
              <Safe>{media.ptimeMs}</Safe> ms
            </>
          )}
        </span>
      </h3>
      <table className="w-full border-collapse">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="px-2.5 pt-1 font-normal">
              {t("payloadType")}
            </th>
            <th scope="col" className="pt-1 font-normal">
              {t("codec")}
            </th>
            <th scope="col" className="pt-1 pr-2.5 font-normal">
              {t("parameters")}
            </th>
          </tr>
        </thead>
        <tbody className="font-mono">
          {media.codecs.map(({ payloadType, name, parameters }, at) => (
            <tr key={at}>
              <td className="px-2.5 py-0.5 tabular-nums">
                <Safe>{payloadType}</Safe>
              </td>
              <td className="py-0.5">{name === "" ? "–" : <Safe>{name}</Safe>}</td>
              <td className="py-0.5 pr-2.5 wrap-anywhere text-muted">
                <Safe>{parameters}</Safe>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
