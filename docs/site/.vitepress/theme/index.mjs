/** VitePress's own theme with the switch between versions and the colours of the inspector. */
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';
import Playground from './Playground.vue';
import VersionSwitch from './VersionSwitch.vue';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Playground', Playground);
    app.component('VersionSwitch', VersionSwitch);
  },
};
