/**
 * Where the index of accounts has what belongs to a product rather than to a user. Users' names have small
 * letters only, so nobody is called like that.
 */
export const productPartition = (product: number): string => `Product#${product}`;
