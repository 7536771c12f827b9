/** What a changeset says is a bullet of CHANGELOG.md, as it stands. */
module.exports = {
  getReleaseLine: async ({ summary }) => `- ${summary.trim().replaceAll('\n', '\n  ')}`,
  getDependencyReleaseLine: async () => '', // one package, without dependencies
};
