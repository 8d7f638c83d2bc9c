import type { components, GodwitClient } from "../../../client/client.ts";
import type {
  IntegrationPage,
  IntegrationSettings,
  ReplayInput,
  ReplayPlan,
  SampleEvent,
  Usage,
} from "../bodies.ts";
import { bodyOf, itemsOf, partOf, pathPart, unexpected } from "./send.ts";

type NewIntegration = components["schemas"]["CreateIntegrationInput"];

/** The API validates the settings, and names what is wrong with them. */
const isInput = (settings: IntegrationSettings): settings is NewIntegration & IntegrationSettings =>
  typeof settings === "object";

const asInput = (settings: IntegrationSettings): NewIntegration => {
  if (isInput(settings)) return settings;
  throw unexpected();
};

export interface IntegrationQuery {
  readonly search?: string;
  readonly state?: "healthy" | "failing" | "disabled";
  readonly limit: number;
  readonly cursor?: string;
}

export interface AttemptQuery {
  readonly outcome?: "failed";
  readonly since?: string;
  readonly until?: string;
  readonly device?: string;
  readonly delivery?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface SeriesQuery {
  readonly metric: "deliveries" | "events" | "calls";
  readonly integration?: string | undefined;
  readonly since: string;
  readonly until: string;
  readonly step: 3_600 | 86_400;
}

export interface UsageQuery {
  readonly by: "device" | "kind";
  readonly from: string;
  readonly to: string;
  readonly limit?: number;
}

/** Which events a preview shows. */
interface Sampling {
  readonly event?: SampleEvent;
  readonly limit?: number;
}

const pathOf = (integration: string) => ({ path: { integration: pathPart(integration) } });

/** Operations on integrations. */
export const integrationOperations = (api: GodwitClient) => ({
  async listIntegrations(query: IntegrationQuery): Promise<IntegrationPage> {
    const page = await bodyOf(api.GET("/v1/integrations", { params: { query } }), "integrations");
    if (Array.isArray(page) || "meta" in page) throw unexpected();
    return { ...page, integrations: [...itemsOf(page.integrations, "id")] };
  },
  createIntegration: (settings: IntegrationSettings) =>
    bodyOf(api.POST("/v1/integrations", { body: asInput(settings) }), "id"),
  async showIntegration(id: string) {
    const reply = await bodyOf(
      api.GET("/v1/integrations/{integration}", { params: pathOf(id) }),
      "integration",
    );
    return partOf(reply.integration, "id");
  },
  disableIntegration: (id: string) =>
    bodyOf(
      api.PATCH("/v1/integrations/{integration}", {
        params: pathOf(id),
        body: { disabled: true },
      }),
      "id",
    ),
  enableIntegration: (id: string) =>
    bodyOf(api.POST("/v1/integrations/{integration}/enable", { params: pathOf(id) }), "id"),
  previewNew: (settings: IntegrationSettings, sampling: Sampling) =>
    bodyOf(
      api.POST("/v1/integrations/preview", {
        body: { template: asInput(settings), ...sampling },
      }),
      "events",
    ),
  preview: (id: string, changes: IntegrationSettings, sampling: Sampling) =>
    bodyOf(
      api.POST("/v1/integrations/{integration}/preview", {
        params: pathOf(id),
        body: { template: changes, ...sampling },
      }),
      "events",
    ),
  test: (id: string, event: SampleEvent | undefined) =>
    bodyOf(
      api.POST("/v1/integrations/{integration}/test", {
        params: pathOf(id),
        body: event === undefined ? {} : { event },
      }),
      "verdict",
      "request",
    ),
  async listAttempts(id: string, query: AttemptQuery) {
    const page = await bodyOf(
      api.GET("/v1/integrations/{integration}/attempts", { params: { ...pathOf(id), query } }),
      "attempts",
    );
    return { ...page, attempts: itemsOf(page.attempts, "delivery") };
  },
  showSeries: (query: SeriesQuery) =>
    bodyOf(api.GET("/v1/series", { params: { query } }), "names", "points"),
  async showUsage(query: UsageQuery): Promise<Usage> {
    const found = await bodyOf(api.GET("/v1/usage", { params: { query } }), "showback");
    if (typeof found === "string") throw unexpected();
    return found;
  },
  showLedger: (id: string, query: { readonly from: string; readonly to: string }) =>
    bodyOf(
      api.GET("/v1/integrations/{integration}/ledger", { params: { ...pathOf(id), query } }),
      "matched",
      "delivered",
    ),
});

export interface DeadLetterQuery extends Omit<ReplayInput, "ids" | "perSecond"> {
  readonly limit: number;
  readonly cursor?: string;
}

/** Operations on dead letters and their jobs. */
export const deadLetterOperations = (api: GodwitClient) => {
  const replay = "/v1/integrations/{integration}/dead-letters/replay";
  const job = "/v1/integrations/{integration}/jobs/{job}";
  const jobOf = (integration: string, id: string) => ({
    path: { integration: pathPart(integration), job: pathPart(id) },
  });
  return {
    async listDeadLetters(id: string, query: DeadLetterQuery) {
      const page = await bodyOf(
        api.GET("/v1/integrations/{integration}/dead-letters", {
          params: { ...pathOf(id), query },
        }),
        "dead_letters",
      );
      return { ...page, dead_letters: itemsOf(page.dead_letters, "id") };
    },
    async planReplay(id: string, body: ReplayInput): Promise<ReplayPlan> {
      const reply = await bodyOf(
        api.POST(replay, { params: pathOf(id), body: { ...body, plan: true } }),
        "count",
      );
      if ("plan" in reply) return reply;
      throw unexpected();
    },
    async replay(id: string, body: ReplayInput) {
      const reply = await bodyOf(api.POST(replay, { params: pathOf(id), body }), "job");
      if ("job" in reply) return partOf(reply.job, "id", "state");
      throw unexpected();
    },
    showJob: async (integration: string, id: string) =>
      partOf(
        (await bodyOf(api.GET(job, { params: jobOf(integration, id) }), "job")).job,
        "id",
        "state",
      ),
    stopJob: (integration: string, id: string) =>
      bodyOf(api.DELETE(job, { params: jobOf(integration, id) }), "ok"),
  };
};
