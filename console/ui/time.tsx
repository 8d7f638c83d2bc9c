import { useEffect, useState } from "preact/hooks";
import { ago, wholeTime } from "./format.ts";

const renewMs = 30_000;

/** How long ago something was, with the exact time on demand; renewed while it is shown. */
export const Ago = ({ at }: { at: string | null | undefined }) => {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), renewMs);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span class="muted">never</span>;
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return <span class="muted">unknown</span>;
  return (
    <time dateTime={at} title={wholeTime(ms)}>
      {ago(ms, now)}
    </time>
  );
};
