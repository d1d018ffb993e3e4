(* Types and constants as StableHLO writes them: src/tensor/type.cpp, src/tensor/decimal.cpp. *)
From Coq.Strings Require Import Byte.
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Index Syntax Print.Bytes.
Import ListNotations.

Definition print_elt (e : elt) : text :=
  str match e with F32 => "f32" | F64 => "f64" | I32 => "i32" | I1 => "i1" end.
Fixpoint extents (s : shape) : text :=
  match s with [] => empty_text | d :: s => number d & str "x" & extents s end.
(* "tensor<2x3xf32>" *)
Definition print_type (t : ty) : text := str "tensor<" & extents (snd t) & print_elt (fst t) & str ">".
Definition print_types (l : list ty) : text := sep ", " print_type l.

(* mantissa * 10^exponent with a point: "-0.0078125", "4.0", "1.0e-30" (Decimal::text). *)
Definition zeros (n : Z) : list byte := repeat x30 (Z.to_nat n).
Definition print_decimal (m e : Z) : text :=
  let written := number (Z.abs m) [] in
  (if m <? 0 then str "-" else empty_text)%Z &
  if ((15 <? e) || (e <? -20))%Z then raw written & str ".0e" & number e
  else if (0 <=? e)%Z then raw written & raw (zeros e) & str ".0"
  else
    let places := Z.to_nat (- e) in
    let padded := repeat x30 (S places - length written) ++ written in
    let whole := (length padded - places)%nat in
    raw (firstn whole padded) & str "." & raw (skipn whole padded).

(* One element of a constant (element_text). *)
Definition print_element (e : elt) (v : decimal) : text :=
  match v, e with
  | Dec m _, I1 => str (if m =? 0 then "false" else "true")%Z
  | Dec m x, I32 => number (m * 10 ^ x)%Z
  | Dec m x, _ => print_decimal m x
  | NegZero, _ => str "-0.0"
  | PosInf, F64 => str "0x7FF0000000000000"
  | PosInf, _ => str "0x7F800000"
  | NegInf, F64 => str "0xFFF0000000000000"
  | NegInf, _ => str "0xFF800000"
  | NaN, F64 => str "0x7FF8000000000000"
  | NaN, _ => str "0x7FC00000"
  end.
(* What has a text: booleans are 0 or 1, integers are whole numbers. *)
Definition element_ok (e : elt) (v : decimal) : bool :=
  match v, e with
  | Dec m x, I1 => (m =? 0) || ((m =? 1) && (x =? 0))
  | Dec _ x, I32 => 0 <=? x
  | Dec _ _, _ => true
  | _, _ => is_float e
  end%Z.

(* k groups of n *)
Fixpoint groups {X} (k n : nat) (l : list X) : list (list X) :=
  match k with O => [] | S k => firstn n l :: groups k n (skipn n l) end.
(* The values nested in brackets by the axes. *)
Fixpoint nested (e : elt) (s : shape) (v : list decimal) : text :=
  match s with
  | [] => match v with x :: _ => print_element e x | [] => empty_text end
  | d :: s => bracketed (nested e s) (groups (Z.to_nat d) (Z.to_nat (numel s)) v)
  end.
(* "dense<[1.0, 2.0]>"; one value stands for all (print_dense). *)
Definition print_dense (t : ty) (v : list decimal) : text :=
  str "dense<" &
  match v with
  | [] => empty_text
  | [x] => print_element (fst t) x
  | _ => nested (fst t) (snd t) v
  end & str ">".
Definition values_ok (t : ty) (v : list decimal) : bool := forallb (element_ok (fst t)) v.
