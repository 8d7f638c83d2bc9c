import type { components, GodwitClient } from "../../../client/client.ts";
import type {
  DeviceState,
  ListedRelease,
  Release,
  ReleaseDevice,
  ReleaseExplanation,
  ReleaseInput,
  ReleasePlan,
} from "../bodies.ts";
import { bodyOf, itemsOf, partOf, pathPart, unexpected } from "./send.ts";

/** What a person decides about a release. */
export type Decision = "halt" | "resume" | "rollback" | "cancel";

interface DeviceQuery {
  readonly state?: DeviceState;
  readonly wave?: number;
  readonly limit: number;
  readonly cursor?: string;
}

type Input = components["schemas"]["CreateReleaseInput"];

/** The API validates the fields, and names what is wrong with them. */
const isInput = (input: ReleaseInput): input is Input & ReleaseInput => typeof input === "object";

const asInput = (input: ReleaseInput): Input => {
  if (isInput(input)) return input;
  throw unexpected();
};

/** Operations on the releases of a product. */
export const releaseOperations = (api: GodwitClient, product: string) => {
  const path = { product: pathPart(product) };
  const pathOf = (release: string) => ({ path: { ...path, release: pathPart(release) } });
  return {
    async listReleases(query: { readonly limit: number; readonly cursor?: string }): Promise<{
      readonly releases: readonly ListedRelease[];
      readonly cursor: string | undefined;
    }> {
      const read = api.GET("/v1/products/{product}/releases", { params: { path, query } });
      const { releases, cursor } = await bodyOf(read, "releases");
      return { releases: itemsOf(releases, "id", "waves"), cursor };
    },
    async planRelease(input: ReleaseInput): Promise<ReleasePlan> {
      const plan = await bodyOf(
        api.POST("/v1/products/{product}/releases/plan", {
          params: { path },
          body: asInput(input),
        }),
        ...(["plan", "targeted", "waves", "excluded", "conflicts"] as const),
      );
      itemsOf(plan.waves, "count", "soak");
      return plan;
    },
    async createRelease(input: ReleaseInput): Promise<ListedRelease> {
      const reply = await bodyOf(
        api.POST("/v1/products/{product}/releases", { params: { path }, body: asInput(input) }),
        "release",
      );
      return partOf(reply.release, "id");
    },
    async showRelease(release: string): Promise<Release> {
      const reply = await bodyOf(
        api.GET("/v1/products/{product}/releases/{release}", { params: pathOf(release) }),
        "release",
      );
      return partOf(reply.release, "id", "waves", "devices_by_state");
    },
    async listReleaseDevices(
      release: string,
      query: DeviceQuery,
    ): Promise<{
      readonly devices: readonly ReleaseDevice[];
      readonly cursor: string | undefined;
    }> {
      const params = { ...pathOf(release), query };
      const { devices, cursor } = await bodyOf(
        api.GET("/v1/products/{product}/releases/{release}/devices", { params }),
        "devices",
      );
      return { devices: itemsOf(devices, "id", "before"), cursor };
    },
    explainDevice: (release: string, device: string): Promise<ReleaseExplanation> =>
      bodyOf(
        api.GET("/v1/products/{product}/releases/{release}/devices/{device}", {
          params: { path: { ...pathOf(release).path, device: pathPart(device) } },
        }),
        "device",
        "sentence",
      ),
    async decide(
      release: string,
      decision: Decision,
      { reason }: { readonly reason: string | undefined },
    ): Promise<Release> {
      const params = pathOf(release);
      const body = { ...(reason !== undefined && { reason }) };
      const reply = await bodyOf(
        api.POST(`/v1/products/{product}/releases/{release}/${decision}`, { params, body }),
        "release",
      );
      return partOf(reply.release, "id", "devices_by_state");
    },
  };
};
