/** Nest 12 consists of ES modules: Jest runs those under NODE_OPTIONS=--experimental-vm-modules. */
export default {
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': ['ts-jest', { useESM: true }] },
};
