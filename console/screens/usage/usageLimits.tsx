import { Limits } from "./limits.tsx";
import { UsageNotices } from "./notices.tsx";

/** The limits of usage of a fleet, and the notices about them. */
export const UsageLimits = ({ fleet }: { readonly fleet: string }) => (
  <>
    <Limits />
    <UsageNotices fleet={fleet} />
  </>
);
