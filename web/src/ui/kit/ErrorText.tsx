import type { Said } from "@/core/run/sayings";
import { printable } from "@/core/sip/printable";
import { useCatalogue } from "@/features/catalogue/store";

/** What a failed run or node says of its failure, in the reader's language; nothing where it has not failed. */
export function ErrorText({
  of: { error, said },
  className,
}: {
  of: { error: string | null; said?: Said };
  className: string;
}) {
  const tell = useCatalogue((catalogue) => catalogue.tell);
  if (error === null) return null;
  const text = printable(tell(error, said?.error));
  return (
    <span className={className} title={text}>
      {text}
    </span>
  );
}
