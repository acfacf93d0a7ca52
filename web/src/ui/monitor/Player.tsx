import { type MouseEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { loadWaveform, type RecordingFile, type Waveform } from "@/api/recordings";
import { outlineOf, shareAt } from "@/core/run/waveform";
import { printable } from "@/core/sip/printable";

const POINTS = 600;
/** The height of the strip of one side. */
const STRIP = 44;

/** Plays a recording; where it is loud is seen, what was heard above what was sent. A click leads there. */
export function Player({
  runId,
  file: { id, name, durationMs },
  url,
}: {
  runId: string;
  file: RecordingFile;
  url: string;
}) {
  const { t } = useTranslation("monitor");
  const audio = useRef<HTMLAudioElement>(null);
  const [waveform, setWaveform] = useState<Waveform | null>(null);
  const [share, setShare] = useState(0);
  useEffect(() => {
    let isWanted = true;
    loadWaveform(runId, id, POINTS).then(
      (loaded) => {
        if (isWanted) setWaveform(loaded);
      },
      () => {
        // It can be played all the same.
      },
    );
    return () => {
      isWanted = false;
    };
  }, [runId, id]);
  const peaks = waveform?.peaks ?? [];
  const points = peaks[0]?.length ?? 0;
  const height = STRIP * Math.max(peaks.length, 1);
  const seek = (event: MouseEvent<SVGSVGElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (audio.current !== null)
      audio.current.currentTime = (shareAt(event.clientX, left, width) * durationMs) / 1_000;
  };
  return (
    <div className="flex min-w-72 flex-1 flex-col gap-2">
      <div className="flex gap-2">
        {peaks.length === 2 && (
          <div className="flex flex-col text-[11px] text-muted">
            {(["heard", "sent"] as const).map((side) => (
              <span key={side} className="flex items-center" style={{ height: STRIP }}>
                {t(`media.${side}`)}
              </span>
            ))}
          </div>
        )}
        <svg
          role="img"
          aria-label={t("media.waveform", { name: printable(name) })}
          data-points={points}
          viewBox={`0 0 ${Math.max(points - 1, 1)} ${height}`}
          preserveAspectRatio="none"
          className="min-w-0 flex-1 cursor-pointer rounded-md bg-sunken"
          style={{ height }}
          onClick={seek}
        >
          {peaks.map((side, place) => (
            <path
              key={place}
              d={outlineOf(side, (place + 0.5) * STRIP, STRIP / 2 - 2)}
              className={place === 0 ? "fill-success" : "fill-accent"}
            />
          ))}
          <line
            x1={share * Math.max(points - 1, 1)}
            x2={share * Math.max(points - 1, 1)}
            y2={height}
            vectorEffect="non-scaling-stroke"
            className="stroke-text"
          />
        </svg>
      </div>
      <audio
        ref={audio}
        controls
        preload="metadata"
        aria-label={printable(name)}
        src={url}
        className="h-9 w-full"
        onTimeUpdate={({ currentTarget }) => {
          setShare(Math.min((currentTarget.currentTime * 1_000) / Math.max(durationMs, 1), 1));
        }}
      />
    </div>
  );
}
