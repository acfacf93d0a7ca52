import { Plus, X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { Button, IconButton } from "@/ui/kit/Button";
import type { WidgetProps } from "./widget";

interface RowListProps extends Pick<WidgetProps, "id" | "describedBy" | "field" | "isReadOnly"> {
  /** What each row holds, without its button. */
  rows: readonly ReactNode[];
  rowClassName: string;
  className: string;
  addLabel: string;
  removeLabel: (index: number) => string;
  onAdd: (group: HTMLElement | null) => void;
  onRemove: (index: number) => void;
}

/** Rows that can be added and removed. When one goes, the focus stays in the list. */
export function RowList({
  id,
  describedBy,
  field,
  isReadOnly,
  rows,
  rowClassName,
  className,
  addLabel,
  removeLabel,
  onAdd,
  onRemove,
}: RowListProps) {
  const group = useRef<HTMLDivElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  return (
    <div
      ref={group}
      id={id}
      role="group"
      aria-label={field.title}
      aria-describedby={describedBy}
      className={`flex flex-col ${className}`}
    >
      {rows.map((row, index) => (
        <div key={index} className={`flex items-center gap-1 ${rowClassName}`}>
          {row}
          {!isReadOnly && (
            <IconButton
              icon={X}
              label={removeLabel(index)}
              size="smallIcon"
              onClick={() => {
                onRemove(index);
                add.current?.focus();
              }}
            />
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button
          ref={add}
          size="small"
          tone="quiet"
          className="self-start text-muted"
          onClick={() => onAdd(group.current)}
        >
          <Plus aria-hidden size={14} />
          {addLabel}
        </Button>
      )}
    </div>
  );
}
