import { Status } from "../../ui/status.tsx";

interface Props {
  readonly title: string;
  readonly value: string;
  readonly note?: string;
  readonly kind?: "good" | "bad" | "warn" | undefined;
  readonly url?: string;
}

/** One figure of the overview. */
export const Tile = ({ title, value, note, kind, url }: Props) => (
  <div class="tile">
    <span class="muted">{url === undefined ? title : <a href={url}>{title}</a>}</span>
    <strong>{kind === undefined ? value : <Status kind={kind}>{value}</Status>}</strong>
    {note !== undefined && <span class="muted">{note}</span>}
  </div>
);
