import { Compare } from './compare.jsx';

export default function Page() {
  return <Compare />;
}
