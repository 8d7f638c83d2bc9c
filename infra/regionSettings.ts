import * as z from "zod";

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
  error: ({ input }) => `'${String(input)}' is no AWS region, for example us-east-1`,
});

/** A list in cdk.json; on the command line it is separated by commas. */
const list = z.union(
  [z.array(z.string()), z.string().transform((text) => text.split(",").filter(Boolean))],
  { error: 'must be a list of regions, for example ["us-east-1"]' },
);

const isUnique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** The settings that name regions. */
export const regionSettingsSchema = z
  .object({
    regions: list
      .refine(({ length }) => length > 0, { error: "must have at least one region", abort: true })
      .pipe(z.tuple([region], region))
      .refine(isUnique, "names a region twice"),
    stateRegion: region.optional(),
    closedRegions: list.pipe(z.array(region)).default([]),
    unprotectedRegions: list.pipe(z.array(region)).default([]),
  })
  .superRefine(({ regions, stateRegion, closedRegions, unprotectedRegions }, context) => {
    if (stateRegion !== undefined && !regions.includes(stateRegion)) {
      context.addIssue({
        code: "custom",
        path: ["stateRegion"],
        message: `${stateRegion} is not in regions. Its stack Godwit-State has the tables of all regions, so the region can be neither removed nor replaced: docs/regions.md`,
      });
    }
    for (const [name, given] of Object.entries({ closedRegions, unprotectedRegions })) {
      const others = given.filter((each) => !regions.includes(each));
      if (others.length === 0) continue;
      const message = `${others.join()}: not in regions`;
      context.addIssue({ code: "custom", path: [name], message });
    }
  });

/** The regions of a deployment. */
export interface RegionSettings {
  readonly regions: readonly [string, ...string[]];
  /** The region of the stack Godwit-State. It does not change after the first deployment. */
  readonly stateRegion: string;
  /** Whether `stateRegion` is in the context. Otherwise it is the first region. */
  readonly isStateRegionGiven: boolean;
  /** Regions that refuse devices, before they are removed. */
  readonly closedRegions: readonly string[];
  /** Regions whose tables with data may be deleted: docs/regions.md. */
  readonly unprotectedRegions: readonly string[];
}

type Parsed = z.output<typeof regionSettingsSchema>;

/** Without `stateRegion`, the first region has the tables' stack. */
export const regionSettingsFrom = ({ stateRegion, ...given }: Parsed): RegionSettings => ({
  ...given,
  stateRegion: stateRegion ?? given.regions[0],
  isStateRegionGiven: stateRegion !== undefined,
});
