import { useTranslation } from "react-i18next";
import { pagesOf } from "@/core/ladder/export/pages";
import { ROW, type Svg, toSvg } from "@/core/ladder/export/svg";
import { useLadder } from "./useLadder";
import { usePicture } from "./usePicture";

/** Lines that are printed: some seventy sheets. */
const MAX_LINES = 2_000;
/** What a sheet of A4 has room for below the name of the run, in pixels of CSS; `styles.css` turns it for the wide. */
const UPRIGHT = { width: 700, height: 960 };
const WIDE = { width: 1_030, height: 630 };
/** A ladder wider than this would be too small on a sheet that stands upright. */
const MAX_UPRIGHT = 900;
/** What the header of a ladder takes. */
const HEADER = 80;

/** The ladder for paper: all its lines, in pictures that no sheet cuts. */
export function PrintedLadder() {
  const { t } = useTranslation("ladder");
  const data = useLadder();
  const picture = usePicture(data)();
  const shown = { ...picture, lines: picture.lines.slice(0, MAX_LINES) };
  const { width } = toSvg({ ...shown, title: "" });
  const isWide = width > MAX_UPRIGHT;
  const sheet = isWide ? WIDE : UPRIGHT;
  const scale = Math.min(sheet.width / width, 1);
  const pages = pagesOf(shown, Math.floor((sheet.height / scale - HEADER) / ROW));
  return (
    <>
      {pages.map((page, place) => (
        <Sheet key={place} svg={toSvg(page)} isWide={isWide} />
      ))}
      {picture.lines.length > MAX_LINES && (
        <p>{t("printCut", { all: picture.lines.length, most: MAX_LINES })}</p>
      )}
    </>
  );
}

/** Words in it are escaped by `toSvg`, which writes no script. */
function Sheet({ svg: { text, width }, isWide }: { svg: Svg; isWide: boolean }) {
  return (
    <div
      className="printed-ladder"
      data-wide={isWide ? "" : undefined}
      style={{ maxWidth: width }}
      dangerouslySetInnerHTML={{ __html: text }}
    />
  );
}
