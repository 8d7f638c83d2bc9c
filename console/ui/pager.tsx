import { setQuery } from "../route/router.ts";
import { Button } from "./button.tsx";

interface Props {
  readonly label?: string;
  /** Whether the page on the screen is not the first one. */
  readonly hasBefore: boolean;
  /** The position of the next page; absent after the last one. */
  readonly cursor: string | undefined;
  readonly isNewestFirst?: boolean;
}

/** The ways to the first and to the next page of a list whose `cursor` is in the URL. */
export const Pager = ({ label = "Pages", hasBefore, cursor, isNewestFirst = false }: Props) => (
  <nav class="actions" aria-label={label}>
    {hasBefore && (
      <Button onClick={() => setQuery({ cursor: "" })}>
        {isNewestFirst ? "Newest" : "First page"}
      </Button>
    )}
    {cursor !== undefined && (
      <Button onClick={() => setQuery({ cursor }, { replace: false })}>
        {isNewestFirst ? "Older" : "Next page"}
      </Button>
    )}
  </nav>
);
