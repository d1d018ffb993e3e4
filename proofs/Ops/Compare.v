(* Comparison, selection by a mask, conversion between element types (src/ir/ops/compare.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

Definition infer_compare (d : direction) (ats : list ty) : option ty :=
  match ats with
  | [x; y] => if elt_eqb (fst x) (fst y) (* compare_c1 *) && ieqb (snd x) (snd y) (* compare_c2 *)
              then Some (I1, snd x) else None
  | _ => None
  end.
Definition infer_select (ats : list ty) : option ty :=
  match ats with
  | [p; x; y] =>
      if elt_eqb (fst p) I1 (* select_i1 *)
         && (match snd p with [] => true | _ => ieqb (snd p) (snd x) end) (* select_c1 *)
         && ty_eqb x y (* select_c2 *)
      then Some x else None
  | _ => None
  end.
(* C++ also converts floats to i32; the rounding towards zero has no counterpart here. *)
Definition infer_convert (to : elt) (ats : list ty) : option ty :=
  match ats with
  | [x] => if is_float (fst x) && elt_eqb to I32 then None else Some (to, snd x) (* convert_c1 *)
  | _ => None
  end.

Definition sem_direction {A} (S : scalar A) (d : direction) (x y : A) : bool :=
  match d with
  | EQ => seqb S x y | NE => negb (seqb S x y)
  | LT => sltb S x y | GT => sltb S y x
  | LE => sleb S x y | GE => sleb S y x
  end.
Definition sem_compare {A} (S : scalar A) (d : direction) (x y : A) : A := sbool S (sem_direction S d x y).

(* The predicate has the operands' shape, or is a scalar. *)
Definition sem_select {A} (S : scalar A) (sp : shape) (p x y : idx -> A) : idx -> A :=
  fun i => if strue S (match sp with [] => p [] | _ => p i end) then x i else y i.

(* Between floats the identity; an integer or a truth value becomes that number; what is not 0 becomes
   true. *)
Definition sem_convert {A} (S : scalar A) (to : elt) (x : A) : A :=
  match to with I1 => sbool S (negb (seqb S x (s0 S))) | _ => x end.

(* Floats only. Of a number x - x = 0 < 1; of an infinity or NaN it is NaN. *)
Definition infer_is_finite (ats : list ty) : option ty :=
  match ats with [x] => if is_float (fst x) then Some (I1, snd x) else None | _ => None end.
Definition sem_is_finite {A} (S : scalar A) (x : A) : A :=
  sbool S (sltb S (ssub S x x) (s1 S)).
Definition vjp_is_finite (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with [_] => Some ([], [None]) | _ => None end.

(* Locally constant: no cotangent. *)
Definition vjp_compare (d : direction) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with [_; _] => Some ([], [None; None]) | _ => None end.
(* Local values: 0 the predicate, 1 and 2 the branches, 3 the result, 4 the cotangent. *)
Definition vjp_select (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  let r := rt in
  let nx := nth 1 needs false in
  let ny := nth 2 needs false in
  match ats with
  | [p; _; _] =>
      Some (T (Constant r [Dec 0 0]) [] [] r
            :: (if nx then [T Select [0; 4; 5] [p; r; r] r] else [])
            ++ (if ny then [T Select [0; 5; 4] [p; r; r] r] else []),
            [None; if nx then Some 6 else None; if ny then Some (if nx then 7 else 6) else None])
  | _ => None
  end%nat.
(* Back to the operand's type. An integer operand needs no cotangent. *)
Definition vjp_convert (to : elt) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match ats with
  | [x] => if tfloat x then Some ([T (Convert (fst x)) [2] [rt] (fst x, snd rt)], [Some 3])
           else Some ([], [None])
  | _ => None
  end%nat.
