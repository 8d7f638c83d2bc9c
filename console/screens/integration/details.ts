import { integrationPath } from "../../api/fleet.ts";
import type { DayCountersBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";

/** An integration with its counters and latest attempts; its settings depend on its kind. */
export interface Details {
  readonly id: string;
  readonly name?: string;
  readonly event: string;
  readonly integration_type: string;
  readonly url?: string;
  readonly requestType?: string;
  readonly deviceID?: string | null;
  readonly disabled: boolean;
  readonly disabledReason?: string | null;
  readonly signed: boolean;
  readonly created_at: string;
  readonly counters: readonly DayCountersBody[];
}

/** Reads an integration. */
export const readDetails = async (id: string, signal: AbortSignal): Promise<Details> => {
  const show = { method: "GET", path: integrationPath(id) } as const;
  return (await request<{ integration: Details }>(show, signal)).integration;
};
