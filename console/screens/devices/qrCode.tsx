import { useEffect, useState } from "preact/hooks";
import type { QrCodeGenerateResult } from "uqr";

/** A QR code of a text, drawn as a vector image. Its code is loaded when it is shown. */
export const QrCode = ({ text, label }: { text: string; label: string }) => {
  const [code, setCode] = useState<QrCodeGenerateResult>();
  useEffect(() => {
    import("uqr").then(
      ({ encode }) => setCode(encode(text, { ecc: "M", border: 2 })),
      // The texts beside it say the same.
      () => {},
    );
  }, [text]);
  if (code === undefined) return null;
  const { data, size } = code;
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <path d={path} fill="#000000" />
    </svg>
  );
};
