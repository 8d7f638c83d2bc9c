import type { ProductContentsBody } from "../../api/replies.ts";
import { Facts } from "../../ui/facts.tsx";
import { number } from "../../ui/format.ts";

const rows = [
  ["devices", "Devices"],
  ["integrations", "Integrations"],
  ["dead_letters", "Dead letters"],
  ["api_users", "API users"],
  ["clients", "OAuth clients"],
  ["members", "Members"],
  ["invitations", "Invitations"],
  ["claim_certificates", "Claim certificates"],
  ["firmware_versions", "Firmware versions"],
] as const;

/** What is in a product: the plan of its removal or of its transfer. */
export const Contents = ({ contents }: { contents: ProductContentsBody }) => (
  <Facts
    facts={rows.map(([name, title]) => [
      title,
      `${number(contents[name])}${contents[name] >= contents.counted_at_most ? " or more" : ""}`,
    ])}
  />
);
