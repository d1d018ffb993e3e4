(* The scalars of Base/Scalar.v as 64-bit floats: what the semantics of every op is run and tested with.
   + - * / and sqrt are the machine's; the other functions are written out here, with a relative error of
   about 1e-14 (exp, power: 1e-13 far from 0). Nothing is proven of them. *)
From Coq Require Import ZArith List Bool Uint63 PrimFloat FloatOps.
From Pullback Require Import Base.Scalar.
Import ListNotations.
Open Scope float_scope.

(* ---- whole numbers ---- *)
Definition of_nonnegative (z : Z) : float := PrimFloat.of_uint63 (Uint63.of_Z z).
(* exact below 2^53, the nearest float below 2^63 *)
Definition of_Z (z : Z) : float := if (z <? 0)%Z then - of_nonnegative (- z) else of_nonnegative z.
(* Adding 1.5 * 2^52 rounds to the nearest whole number, |x| < 2^51; it then stands in the mantissa. *)
Definition magic : float := 0x1.8p52.
Definition round (x : float) : float := (x + magic) - magic.
Definition to_Z (whole : float) : Z :=
  (Uint63.to_Z (normfr_mantissa (fst (frshiftexp (whole + magic)))) - 3 * 2 ^ 51)%Z.
Definition is_whole (x : float) : bool := (abs x <? 0x1p51) && (round x =? x).

(* p / q, rounded once: the quotient with 62 bits, the lowest one set if there is a remainder. *)
Definition positive_quotient (p : Z) (q : positive) : float :=
  let shift := (61 - (Z.log2 p - Z.log2 (Zpos q)))%Z in
  let scaled := if (0 <=? shift)%Z then (p * 2 ^ shift, Zpos q)%Z else (p, Zpos q * 2 ^ (- shift))%Z in
  let (d, m) := Z.div_eucl (fst scaled) (snd scaled) in
  Z.ldexp (of_nonnegative (if (m =? 0)%Z then d else Z.lor d 1)) (- shift).
Definition quotient (p : Z) (q : positive) : float :=
  match p with
  | Z0 => 0
  | Zpos _ => positive_quotient p q
  | Zneg n => - positive_quotient (Zpos n) q
  end.

(* ---- series ---- *)
(* 1 + x/a1 (1 + x/a2 (1 + ...)) *)
Definition nested (x : float) (divisors : list float) : float :=
  fold_right (fun a rest => 1 + x / a * rest) 1 divisors.

Definition ln2_high : float := 0x1.62e42feep-1.      (* 20 bits end in 0: times a whole number, exact *)
Definition ln2_low : float := 0x1.a39ef35793c76p-33.
Definition log2_e : float := 0x1.71547652b82fep0.

(* x = k ln 2 + r, |r| <= ln 2 / 2, e^x = 2^k e^r *)
Definition fexp (x : float) : float :=
  if 710 <? x then infinity else if x <? -746 then 0 else
  let k := round (x * log2_e) in
  let r := (x - k * ln2_high) - k * ln2_low in
  if is_nan x then x else
  Z.ldexp (nested r [1; 2; 3; 4; 5; 6; 7; 8; 9; 10; 11; 12; 13; 14]) (to_Z k).

(* x = 2^k m, sqrt(1/2) <= m < sqrt 2, ln m = 2 artanh s = 2 (s + s^3/3 + s^5/5 + ...), s = (m-1)/(m+1) *)
Definition flog (x : float) : float :=
  if x =? 0 then neg_infinity else if x <? 0 then nan else
  if is_nan x || (x =? infinity) then x else
  let (half, up) := Z.frexp x in
  let small := half <? 0x1.6a09e667f3bcdp-1 in
  let m := if small then 2 * half else half in
  let k := of_Z (if small then up - 1 else up)%Z in
  let s := (m - 1) / (m + 1) in
  let z := s * s in
  let odd := fold_right (fun n rest => 1 / n + z * rest) 0 [1; 3; 5; 7; 9; 11; 13; 15; 17; 19; 21; 23] in
  k * ln2_high + (2 * s * odd + k * ln2_low).

(* near 0 sinh / cosh, by their series; elsewhere 1 - 2 / (e^2x + 1) *)
Definition ftanh (x : float) : float :=
  let a := abs x in
  let z := x * x in
  if a <? 0.5 then
    x * nested z [6; 20; 42; 72; 110; 156; 210; 272] / nested z [2; 12; 30; 56; 90; 132; 182; 240]
  else let y := 1 - 2 / (fexp (2 * a) + 1) in if x <? 0 then - y else y.

(* pi/2 in three parts: times a whole number below 2^20 the first two are exact *)
Definition half_pi1 : float := 0x1.921fb544p0.
Definition half_pi2 : float := 0x1.0b4611a6p-34.
Definition half_pi3 : float := 0x1.3198a2e037073p-69.
Definition two_over_pi : float := 0x1.45f306dc9c883p-1.
Definition sine_series (r : float) : float :=
  r * nested (- (r * r)) [6; 20; 42; 72; 110; 156; 210; 272; 342].
Definition cosine_series (r : float) : float :=
  nested (- (r * r)) [2; 12; 30; 56; 90; 132; 182; 240; 306].
(* sin (x + quarter pi/2):  x = k pi/2 + r, and the quadrant k + quarter says which series *)
Definition sine_of (quarter : Z) (x : float) : float :=
  if negb (abs x <? 0x1p20) then nan else
  let k := round (x * two_over_pi) in
  let r := ((x - k * half_pi1) - k * half_pi2) - k * half_pi3 in
  match Z.modulo (to_Z k + quarter) 4 with
  | 0%Z => sine_series r
  | 1%Z => cosine_series r
  | 2%Z => - sine_series r
  | _ => - cosine_series r
  end.

(* At most x; from 2^51 on every number is taken as whole. *)
Definition ffloor (x : float) : float :=
  if abs x <? 0x1p51 then let r := round x in if x <? r then r - 1 else r else x.

(* arctan a = 2 arctan (a / (1 + (1 + a^2)^(1/2))), twice; then its series *)
Definition halved (a : float) : float := a / (1 + PrimFloat.sqrt (1 + a * a)).
Definition fatan (x : float) : float :=
  let a := abs x in
  let t := halved (halved (if 1 <? a then 1 / a else a)) in
  let z := - (t * t) in
  let y := 4 * t * fold_right (fun n rest => 1 / n + z * rest) 0 [1; 3; 5; 7; 9; 11; 13; 15; 17; 19; 21; 23] in
  let y := if 1 <? a then half_pi1 + (half_pi2 - y) else y in
  if x <? 0 then - y else y.

(* 2/sqrt pi e^(-x^2) x (1 + 2x^2/3 (1 + 2x^2/5 (1 + ...))) *)
Definition two_over_sqrt_pi : float := 0x1.20dd750429b6dp0.
Definition odd_divisors : list float := map (fun n => of_Z (2 * Z.of_nat n + 3)) (seq 0 130).
Definition ferf (x : float) : float :=
  if 6 <? x then 1 else if x <? -6 then -1 else
  two_over_sqrt_pi * fexp (- (x * x)) * x * nested (2 * (x * x)) odd_divisors.

(* x^y = e^(y ln x); of a negative x if y is a whole number *)
Definition fpower (x y : float) : float :=
  if y =? 0 then 1 else
  if x =? 0 then (if 0 <? y then 0 else infinity) else
  let size := fexp (y * flog (abs x)) in
  if x <? 0 then if negb (is_whole y) then nan else if Z.odd (to_Z y) then - size else size
  else size.

Definition Fscal : scalar float :=
  {| s0 := 0; s1 := 1; sadd := PrimFloat.add; smul := PrimFloat.mul; sneg := PrimFloat.opp;
     sdiv := PrimFloat.div; sexp := fexp; slog := flog; stanh := ftanh; ssqrt := PrimFloat.sqrt;
     ssin := sine_of 0; scos := sine_of 1; satan := fatan; serf := ferf; sfloor := ffloor;
     spow := fpower; sltb := PrimFloat.ltb;
     sofQ := quotient; sinf := infinity |}.
