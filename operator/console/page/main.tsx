import { render } from 'preact';
import { systemClock } from '../../../crds/clock.ts';
import { Door } from './live/door.ts';
import { App } from './shell/app.tsx';
import { themeOf } from './shell/theme.ts';
import './style/theme.css';
import './style/page.css';
import './style/overview.css';
import './style/detail.css';
import './style/dialog.css';

const theme = themeOf(localStorage.getItem('theme'));
if (theme !== 'auto') document.documentElement.dataset.theme = theme;

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');
render(<App door={new Door(systemClock, fetch.bind(window))} clock={systemClock} />, root);
