import { Vectors } from './vectors.jsx';

export default function Page() {
  return <Vectors />;
}
