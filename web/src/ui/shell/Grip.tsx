import { Separator } from "react-resizable-panels";

/** The line between two panels, by which they are resized. */
export function Grip({ orientation }: { orientation: "horizontal" | "vertical" }) {
  return (
    <Separator
      className={
        orientation === "vertical"
          ? "w-px bg-line hover:bg-accent data-[separator=active]:bg-accent"
          : "h-px bg-line hover:bg-accent data-[separator=active]:bg-accent"
      }
    />
  );
}
