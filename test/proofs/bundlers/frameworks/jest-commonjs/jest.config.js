module.exports = {
  transform: { '\\.[jt]sx?$': '@swc/jest' },
  transformIgnorePatterns: ['/node_modules/(?!(avatarkit-session|p-retry|is-network-error)/)'],
};
