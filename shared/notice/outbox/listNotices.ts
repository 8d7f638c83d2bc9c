import { noticesListedMax } from "../limits.ts";
import type { NoticePage, NoticeState, Notices } from "./notice.ts";

/** What to list. */
interface Wanted {
  readonly incident: string;
  /** Only notices in this state. */
  readonly state?: NoticeState | undefined;
  /** The end of the page before. */
  readonly after?: string | undefined;
}

/** A page of the notices of an incident, of `noticesListedMax` before the filter by state. */
export const listNotices = async (
  { incident, state, after }: Wanted,
  deps: { readonly notices: Pick<Notices, "page"> },
): Promise<NoticePage> => {
  const page = await deps.notices.page({ incident }, { limit: noticesListedMax, after });
  const isWanted = (one: { readonly state: NoticeState }) =>
    state === undefined || one.state === state;
  return { ...page, notices: page.notices.filter(isWanted) };
};
