/** Maximum decisions that a role's action keeps. When there are more, all of them are discarded. */
export const decisionsMax = 1_000;
