import { expect, it } from "vitest";
import { canAccess, type Role, roles } from "#shared/account/team/role.ts";
import { routes } from "#shared/routes/table.ts";

/** The routes about firmware, releases, groups and vitals, by the least role that may use them. */
const least: Readonly<Record<Role, readonly string[]>> = {
  owner: [],
  administrator: ["registerSigningKeys"],
  developer: [
    ...["createGroup", "changeGroup", "removeGroup"],
    ...["uploadFirmware", "changeFirmware", "removeFirmware", "replaceManifest"],
    ...["releaseFirmware", "downloadFirmware"],
    ...["createRelease", "planRelease"],
    ...["haltRelease", "resumeRelease", "rollBackRelease", "cancelRelease"],
  ],
  support: ["requestVitals"],
  viewer: [
    ...["listGroups", "showGroup", "showImpact"],
    ...["showLastVitals", "listVitals", "showVitalsMetadata"],
    ...["listFirmware", "showFirmware", "listSigningKeys"],
    ...["listFirmwareChanges", "showExposure", "showRollout"],
    ...["listReleases", "showRelease", "listReleaseDevices", "showReleaseDevice", "exportRelease"],
  ],
};

const ofProduct = routes.filter(
  ({ path, function: name }) =>
    path.includes("{product}") &&
    (["firmware", "firmwareBinary", "releaseApi"].includes(name) ||
      /\/(groups|impact|diagnostics)/.test(path)),
);

it("each route about firmware, releases, groups and vitals is in the matrix", () => {
  const names = [...new Set(ofProduct.map(({ name }) => name))];
  expect(names.toSorted()).toEqual(Object.values(least).flat().toSorted());
});

it.each(roles)("the role %s may use exactly its routes and those of lesser roles", (role) => {
  const allowed = ofProduct.filter(({ access }) => canAccess(role, access));
  const expected = roles.slice(roles.indexOf(role)).flatMap((one) => least[one]);
  expect([...new Set(allowed.map(({ name }) => name))].toSorted()).toEqual(expected.toSorted());
});
