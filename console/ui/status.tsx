interface Props {
  readonly kind: "good" | "bad" | "warn" | "off";
  readonly children: string;
}

/** A state: by a colour, a shape and a word. */
export const Status = ({ kind, children }: Props) => (
  <span class={`status ${kind}`}>
    <span class="shape" aria-hidden="true" /> {children}
  </span>
);
