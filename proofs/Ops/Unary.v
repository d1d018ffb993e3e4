(* Elementwise ops of one operand (src/ir/ops/unary.h): y[i] = f(x[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

(* unary_i1: the element types that the op takes. C++ also takes "not" of i32, which is bitwise: it has no
   meaning over exact numbers. *)
Definition unary_domain (u : unary_op) (e : elt) : bool :=
  match u with
  | Abs | Negate => negb (elt_eqb e I1)
  | Not => elt_eqb e I1
  | _ => is_float e
  end.
Definition infer_unary (u : unary_op) (ats : list ty) : option ty :=
  match ats with [x] => if unary_domain u (fst x) then Some x else None | _ => None end.

Definition sem_unary {A} (S : scalar A) (u : unary_op) (x : A) : A :=
  match u with
  | Abs => if sltb S x (s0 S) then sneg S x else x
  | Negate => sneg S x
  | Exponential => sexp S x
  | Log => slog S x
  | Logistic => sdiv S (s1 S) (sadd S (s1 S) (sexp S (sneg S x)))
  | Tanh => stanh S x
  | Sqrt => ssqrt S x
  | Rsqrt => sdiv S (s1 S) (ssqrt S x)
  | Sine => ssin S x
  | Cosine => scos S x
  | Not => sbool S (negb (strue S x))
  end.

(* Local values: 0 the operand, 1 the result, 2 the cotangent. *)
Definition vjp_unary (u : unary_op) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  let r := rt in
  let b := (I1, snd rt) in
  match u, ats with
  | Not, [_] => Some ([], [None])
  | Abs, [x] => (* sign(x) * ct, with 0 at 0 *)
      Some ([ T (Constant x [Dec 0 0]) [] [] x;
              T (Compare LT) [0; 3] [x; x] b; T (Compare LT) [3; 0] [x; x] b;
              T (Unary Negate) [2] [r] r; T Select [5; 2; 3] [b; r; x] r; T Select [4; 6; 7] [b; r; r] r ],
            [Some 8])
  | Negate, [_] => Some ([T (Unary Negate) [2] [r] r], [Some 3])
  | Exponential, [_] => Some ([T (Binary Multiply) [2; 1] [r; r] r], [Some 3])
  | Log, [x] => Some ([T (Binary Divide) [2; 0] [r; x] r], [Some 3])
  | Logistic, [_] => (* y (1 - y) *)
      Some ([ T (Constant r [Dec 1 0]) [] [] r; T (Binary Subtract) [3; 1] [r; r] r;
              T (Binary Multiply) [1; 4] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Tanh, [_] => (* 1 - y^2 *)
      Some ([ T (Binary Multiply) [1; 1] [r; r] r; T (Constant r [Dec 1 0]) [] [] r;
              T (Binary Subtract) [4; 3] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Sqrt, [_] => (* 1 / (2 y) *)
      Some ([T (Binary Add) [1; 1] [r; r] r; T (Binary Divide) [2; 3] [r; r] r], [Some 4])
  | Rsqrt, [x] => (* -1/2 y / x *)
      Some ([ T (Binary Divide) [1; 0] [r; x] r; T (Constant r [Dec (-5) (-1)]) [] [] r;
              T (Binary Multiply) [4; 3] [r; r] r; T (Binary Multiply) [2; 5] [r; r] r ], [Some 6])
  | Sine, [x] => Some ([T (Unary Cosine) [0] [x] x; T (Binary Multiply) [2; 3] [r; x] r], [Some 4])
  | Cosine, [x] =>
      Some ([ T (Unary Sine) [0] [x] x; T (Unary Negate) [3] [x] x;
              T (Binary Multiply) [2; 4] [r; x] r ], [Some 5])
  | _, _ => None
  end%nat.
