import { App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import * as z from "zod";
import { certificateDaysMax } from "../shared/device/registry/limits.ts";
import { batchSecondsMax, defaultSize, sizeName } from "./sizes.ts";
import { Drills } from "./stacks/drills.ts";
import { Edge } from "./stacks/edge.ts";
import { EdgePages } from "./stacks/edgePages.ts";
import { Region } from "./stacks/region.ts";
import { apiStackName, RestApi } from "./stacks/restApi.ts";
import { State } from "./stacks/state.ts";

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "is no AWS region");

const hostName = z
  .string()
  .regex(/^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z]{2,}$/, "is no domain name");

/** Context values of cdk.json or `--context`. A list on the command line is separated by commas. */
const settings = z
  .object({
    regions: z
      .union([z.array(z.string()), z.string().transform((list) => list.split(","))])
      .pipe(z.tuple([region], region))
      .refine((regions) => new Set(regions).size === regions.length, "names a region twice"),
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
 * The whole of Godwit: the global tables in the first region, and everything else in each region.
 */
export const godwit = (props?: AppProps): App => {
  const app = new App({ analyticsReporting: false, ...props });
  // Constructs read the size from the context: `sizeOf`.
  const {
    regions,
    domain,
    hostedZoneId,
    size: _,
    ...options
  } = settings.parse({
    regions: app.node.tryGetContext("regions"),
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
  const [first, ...otherRegions] = regions;
  const state = new State(app, "Godwit-State", { env: { region: first }, otherRegions });
  const edges: Edge[] = [];
  for (const name of regions) {
    const stack = new Region(app, `Godwit-Region-${name}`, {
      env: { region: name },
      regions,
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
      const replicated = otherRegions.length > 0;
      new Drills(app, `Godwit-Drills-${name}`, { env, drillable, apiErrors, replicated });
    }
  }
  if (edges.length > 0) {
    new EdgePages(app, "Godwit-EdgePages", { pageEmail: options.pageEmail, edges });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
};
