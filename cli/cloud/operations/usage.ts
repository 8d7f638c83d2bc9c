import type { GodwitClient } from "../../../client/client.ts";
import type { UsageLimit, UsageNotice } from "../bodies.ts";
import { bodyOf, itemsOf, pathPart } from "./send.ts";

/** Operations on limits of usage. */
export const usageOperations = (api: GodwitClient) => ({
  async listUsageLimits(): Promise<readonly UsageLimit[]> {
    const { limits } = await bodyOf(api.GET("/v1/usage/limits"), "limits");
    return itemsOf(limits, "id", "limit");
  },
  /** Of the only service agreement of the fleet. */
  async listUsageNotices(): Promise<readonly UsageNotice[]> {
    const { data } = await bodyOf(api.GET("/v1/user/service_agreements"), "data");
    const agreement = itemsOf(data, "id")[0]?.id ?? "";
    const params = { path: { agreement: pathPart(agreement) } };
    const path = "/v1/user/service_agreements/{agreement}/notifications";
    const found = await bodyOf(api.GET(path, { params }), "data");
    return itemsOf(found.data, "id", "attributes");
  },
});
