import { FileUp } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { attempt } from "@/ui/kit/attempt";
import { importFiles } from "./importing";

/** Takes scenario files that are dropped anywhere on the window, and those chosen by "Import". */
export function FileDrop() {
  const { t } = useTranslation("workspace");
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const take = (files: Iterable<File>) => attempt(importFiles([...files]));
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      take(event.dataTransfer.files);
    };
    const input = document.getElementById("import-file");
    const chosen = (event: Event) => {
      const field = event.target as HTMLInputElement;
      take(field.files ?? []);
      field.value = "";
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    input?.addEventListener("change", chosen);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
      input?.removeEventListener("change", chosen);
    };
  }, []);
  return (
    <>
      <input
        id="import-file"
        type="file"
        accept=".json,application/json"
        multiple
        hidden
        aria-label={t("import")}
      />
      {isOver && (
        <div className="pointer-events-none fixed inset-3 z-50 grid place-items-center rounded-xl border-2 border-dashed border-accent bg-surface/80">
          <p className="flex items-center gap-2 text-base font-semibold">
            <FileUp aria-hidden /> {t("dropHere")}
          </p>
        </div>
      )}
    </>
  );
}
