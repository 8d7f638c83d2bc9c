import { Annotations, App, type AppProps, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { RegionSettings } from "./regionSettings.ts";
import { settingsFrom } from "./settings.ts";
import { Drills } from "./stacks/drills.ts";
import { Edge, edgeStackName } from "./stacks/edge.ts";
import { EdgePages, edgePagesStackName } from "./stacks/edgePages.ts";
import { Operations, operationsStackName } from "./stacks/operations.ts";
import { Region } from "./stacks/region.ts";
import { apiStackName, RestApi } from "./stacks/restApi.ts";
import { State } from "./stacks/state.ts";

/**
 * The whole of Godwit: the global tables in the state region, and everything else in each region.
 * Fails with a `SettingsError` if a setting is unknown or invalid.
 */
export const godwit = (props?: AppProps): App => {
  const app = new App({ analyticsReporting: false, ...props });
  // Constructs read the size from the context: `sizeOf`.
  const {
    where,
    domain,
    hostedZoneId,
    statusPage,
    size: _,
    canary,
    pageReceivers,
    runbookUrl,
    heartbeatUrl,
    ...options
  } = settingsFrom(app.node.getAllContext());
  const { regions } = where;
  const { mailFrom, pageEmail } = options;
  const paging = { pageReceivers, runbookUrl, heartbeatUrl, mailFrom, pageEmail };
  const state = stateOf(app, where);
  const edges: Edge[] = [];
  for (const name of regions) {
    const stack = new Region(app, `Godwit-Region-${name}`, {
      env: { region: name },
      regions,
      isClosed: where.closedRegions.includes(name),
      isUnprotected: where.unprotectedRegions.includes(name),
      title: statusPage.title,
      ...options,
    });
    stack.addStackDependency(state);
    const { answers, pages, drillable } = stack;
    const env = { region: name };
    const restApi = new RestApi(app, apiStackName(name), { env, answers, pages });
    new Operations(app, operationsStackName(name), {
      env,
      // A closed region refuses the device of the canary, too.
      canary:
        canary && !where.closedRegions.includes(name)
          ? { rest: restApi.api.rest, batchSeconds: options.batchSeconds }
          : undefined,
      pages,
      regions,
      apiUrl: restApi.api.rest.url,
      paging,
      statusPage,
      hasDomain: domain !== undefined && hostedZoneId !== undefined,
    });
    if (domain !== undefined && hostedZoneId !== undefined) {
      const api = restApi.api.rest;
      edges.push(new Edge(app, edgeStackName(name), { env, domain, hostedZoneId, api }));
    }
    if (drillable !== undefined) {
      const apiErrors = restApi.api.errors;
      const replicated = regions.length > 1;
      new Drills(app, `Godwit-Drills-${name}`, { env, drillable, apiErrors, replicated });
    }
  }
  if (edges.length > 0) {
    new EdgePages(app, edgePagesStackName, { pageEmail: options.pageEmail, edges });
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
