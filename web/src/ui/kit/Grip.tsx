import { useTranslation } from "react-i18next";
import { Separator } from "react-resizable-panels";

/** The line between two panels, by which the one named is resized. */
export function Grip({
  orientation,
  of,
}: {
  orientation: "horizontal" | "vertical";
  of: "sidebar" | "console" | "properties" | "message";
}) {
  const { t } = useTranslation("shell");
  return (
    <Separator
      aria-label={t(`size.${of}`)}
      className={
        orientation === "vertical"
          ? "w-px bg-line hover:bg-accent data-[separator=active]:bg-accent"
          : "h-px bg-line hover:bg-accent data-[separator=active]:bg-accent"
      }
    />
  );
}
