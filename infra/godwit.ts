import { Annotations, App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";
import { certificateDaysMax } from "../shared/device/registry/limits.ts";
import { type RegionSettings, regionSettingsOf } from "./regionSettings.ts";
import { batchSecondsMax, defaultSize, sizeName } from "./sizes.ts";
import { Drills } from "./stacks/drills.ts";
import { Edge } from "./stacks/edge.ts";
import { EdgePages } from "./stacks/edgePages.ts";
import { Region } from "./stacks/region.ts";
import { apiStackName, RestApi } from "./stacks/restApi.ts";
import { State } from "./stacks/state.ts";

const hostName = z
  .string()
  .regex(/^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z]{2,}$/, "is no domain name");

/** Context values of cdk.json or `--context`. */
const settings = z
  .object({
    size: sizeName.default(defaultSize),
    pageEmail: z.email().optional(),
    batchSeconds: z.coerce.number().int().min(0).max(batchSecondsMax).default(0),
    openSignUp: z.union([z.boolean(), z.stringbool()]).default(false),
    mailFrom: z.email().toLowerCase().optional(),
    drills: z.union([z.boolean(), z.stringbool()]).default(false),
    certificateDays: z.coerce.number().int().min(0).max(certificateDaysMax).default(0),
    domain: hostName.optional(),
    hostedZoneId: z
      .string()
      .regex(/^Z[A-Z\d]+$/, "is no hosted zone")
      .optional(),
  })
  .refine(
    ({ domain, hostedZoneId }) => (domain === undefined) === (hostedZoneId === undefined),
    "domain and hostedZoneId go together",
  );

/**
 * The whole of Godwit: the global tables in the state region, and everything else in each region.
 */
export const godwit = (props?: AppProps): App => {
  const app = new App({ analyticsReporting: false, ...props });
  const where = regionSettingsOf(app);
  const { regions } = where;
  // Constructs read the size from the context: `sizeOf`.
  const {
    domain,
    hostedZoneId,
    size: _,
    ...options
  } = settings.parse({
    size: app.node.tryGetContext("size"),
    pageEmail: app.node.tryGetContext("pageEmail"),
    batchSeconds: app.node.tryGetContext("batchSeconds"),
    openSignUp: app.node.tryGetContext("openSignUp"),
    mailFrom: app.node.tryGetContext("mailFrom"),
    drills: app.node.tryGetContext("drills"),
    certificateDays: app.node.tryGetContext("certificateDays"),
    domain: app.node.tryGetContext("domain"),
    hostedZoneId: app.node.tryGetContext("hostedZoneId"),
  });
  const state = stateOf(app, where);
  const edges: Edge[] = [];
  for (const name of regions) {
    const stack = new Region(app, `Godwit-Region-${name}`, {
      env: { region: name },
      regions,
      isClosed: where.closedRegions.includes(name),
      isUnprotected: where.unprotectedRegions.includes(name),
      ...options,
    });
    stack.addStackDependency(state);
    const { answers, pages, drillable } = stack;
    const env = { region: name };
    const restApi = new RestApi(app, apiStackName(name), { env, answers, pages });
    if (domain !== undefined && hostedZoneId !== undefined) {
      const api = restApi.api.rest;
      edges.push(new Edge(app, `Godwit-Edge-${name}`, { env, domain, hostedZoneId, api }));
    }
    if (drillable !== undefined) {
      const apiErrors = restApi.api.errors;
      const replicated = regions.length > 1;
      new Drills(app, `Godwit-Drills-${name}`, { env, drillable, apiErrors, replicated });
    }
  }
  if (edges.length > 0) {
    new EdgePages(app, "Godwit-EdgePages", { pageEmail: options.pageEmail, edges });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};

/** The stack of the global tables. The order of the other regions does not change it. */
const stateOf = (app: App, settings: RegionSettings): State => {
  const { regions, stateRegion, isStateRegionGiven, unprotectedRegions } = settings;
  const state = new State(app, "Godwit-State", {
    env: { region: stateRegion },
    otherRegions: regions.filter((name) => name !== stateRegion).sort(),
    unprotectedRegions,
  });
  if (regions.length > 1 && !isStateRegionGiven) {
    Annotations.of(state).addWarningV2(
      "godwit:stateRegion",
      `State "stateRegion": "${stateRegion}" in cdk.json. Otherwise another order of "regions" moves the tables' stack, which fails.`,
    );
  }
  return state;
};
