/** The port of a further region, when the first region's is given; 0 is any that is free, for all of them. */
export const portOf = (first: number, index: number): number => (first === 0 ? 0 : first + index);
